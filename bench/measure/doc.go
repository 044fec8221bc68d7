// Package measure takes the time of storetest's loads on several stores by
// turns, so that whatever else the machine does falls on all of them alike,
// and keeps latencies in HDR histograms.
package measure
