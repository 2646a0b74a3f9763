package telemetry

import "slices"

// Kind says how a metric changes.
type Kind string

// The kinds of metrics, as Prometheus names them.
const (
	KindCounter   Kind = "counter"
	KindGauge     Kind = "gauge"
	KindHistogram Kind = "histogram"
)

// Metric is a row of the table of metrics.
type Metric struct {
	ID     ID
	Name   string
	Kind   Kind
	Labels []string
	Help   string
	// scale is what one counted unit is worth; 0 stands for 1. Times are counted in
	// nanoseconds and shown in seconds.
	scale float64
}

// ID names a metric in code.
type ID int

// The metrics.
const (
	Requests ID = iota
	RequestDuration
	RequestsActive
	Outcomes
	RequestBytes
	ResponseBytes
	CPU
	Fetches
	FetchDuration
	ColdStarts
	Decisions
	CacheRequests
	CacheFills
	CacheAppEntries
	CacheAppBytes

	CacheEntries
	CacheBytes
	CacheStoring
	CacheEvictions
	CacheDiskTimes
	CacheDiskErrors

	UpstreamRequests
	UpstreamDuration
	UpstreamRetries
	UpstreamHedges
	UpstreamMirrored
	TargetDuration
	TargetUp
	TargetActive
	SplitRequests
	SplitDuration
	SplitShare

	ConnectionsAccepted
	ConnectionsOpen
	ConnectionsShed
	Pressure
	Handshakes

	Apps
	Isolates
	IsolateHeap
	Evictions
	Cordons
	CordonsEnded
	CordonsKilled

	LogDropped
	SpansExported
	SpansDropped
	Overflows
	Ready
	BuildInfo

	ProcessCPU
	ProcessResident
	ProcessVirtual
	ProcessFiles
	ProcessMaxFiles
	ProcessStart
	Goroutines
	GoHeap

	numMetrics
)

// Metrics is the table of metrics, in the order of their IDs. The label "code" is the
// class of a status, as in "5xx"; "error" where there was no answer.
func Metrics() []Metric {
	const nano = 1e-9
	app := []string{"app"}
	target := []string{"app", "upstream", "target"}
	side := []string{"app", "split", "side"}
	return []Metric{
		{Requests, "hedge_requests_total", KindCounter, []string{"app", "route", "code"}, "Requests that are over.", 0},
		{RequestDuration, "hedge_request_duration_seconds", KindHistogram, []string{"app", "route"}, "Time from a request's head until its answer was delivered.", 0},
		{RequestsActive, "hedge_requests_active", KindGauge, app, "Requests under way.", 0},
		{Outcomes, "hedge_request_outcomes_total", KindCounter, []string{"app", "outcome"}, "Requests by how they ended; see the table of outcomes.", 0},
		{RequestBytes, "hedge_request_body_bytes_total", KindCounter, app, "Bytes of content that clients sent, as far as it was read.", 0},
		{ResponseBytes, "hedge_response_body_bytes_total", KindCounter, app, "Bytes of content that was delivered to clients.", 0},
		{CPU, "hedge_cpu_seconds_total", KindCounter, app, "Time on the processor that the app's code took for requests, also behind their answers.", nano},
		{Fetches, "hedge_fetches_total", KindCounter, app, "Requests that the app's code made, also behind its answers.", 0},
		{FetchDuration, "hedge_fetch_duration_seconds", KindHistogram, app, "Time until the head of an origin's answer to a request that the app's code made, or until there was none; what the cache answered is not among them.", 0},
		{ColdStarts, "hedge_cold_starts_total", KindCounter, app, "Requests that an isolate was started for.", 0},
		{Decisions, "hedge_decisions_total", KindCounter, []string{"app", "reason"}, "Decisions that were out of the ordinary, about requests, targets and splits; see the table of reasons.", 0},
		{CacheRequests, "hedge_cache_requests_total", KindCounter, []string{"app", "reason"}, "Requests that the cache had a part in, clients' and those that code made, each of them, by how they went; see the table of the cache's reasons.", 0},
		{CacheFills, "hedge_cache_fill_duration_seconds", KindHistogram, app, "Time from asking for an answer until all of it was stored.", 0},
		{CacheAppEntries, "hedge_cache_app_entries", KindGauge, []string{"app", "tier"}, "What the app has in the cache, by tier: memory or disk.", 0},
		{CacheAppBytes, "hedge_cache_app_bytes", KindGauge, []string{"app", "tier"}, "How much of the tier that takes.", 0},

		{CacheEntries, "hedge_cache_entries", KindGauge, []string{"tier"}, "What is stored, by tier: memory or disk. What is on the disk is in memory as well if it is asked for often.", 0},
		{CacheBytes, "hedge_cache_bytes", KindGauge, []string{"tier"}, "How much that takes.", 0},
		{CacheStoring, "hedge_cache_storing_bytes", KindGauge, nil, "Memory that takes what is being stored, besides what is stored there: half of --cache-memory at most.", 0},
		{CacheEvictions, "hedge_cache_evictions_total", KindCounter, []string{"tier"}, "Entries that had to make room for others.", 0},
		{CacheDiskTimes, "hedge_cache_disk_duration_seconds", KindHistogram, []string{"operation"}, "Time that the disk takes, by operation: find an entry, or commit one.", 0},
		{CacheDiskErrors, "hedge_cache_disk_errors_total", KindCounter, []string{"kind"}, "Operations that the disk refused, and entries that were damaged, which is to say not as they were written.", 0},

		{UpstreamRequests, "hedge_upstream_requests_total", KindCounter, []string{"app", "upstream", "target", "code"}, "Tries: requests that were sent to a target.", 0},
		{UpstreamDuration, "hedge_upstream_duration_seconds", KindHistogram, []string{"app", "upstream"}, "Time until the head of an upstream's answer, retries included.", 0},
		{UpstreamRetries, "hedge_upstream_retries_total", KindCounter, []string{"app", "upstream"}, "Requests that were sent to another target after one had failed.", 0},
		{UpstreamHedges, "hedge_upstream_hedged_requests_total", KindCounter, []string{"app", "upstream", "result"}, "Requests that a second target was asked for because the first was slow, by which of them was heard: first, second or none.", 0},
		{UpstreamMirrored, "hedge_upstream_mirrored_requests_total", KindCounter, []string{"app", "upstream", "result"}, "Requests that were to be mirrored, by what became of the copy: answered, failed, body (too long, or not read) or busy (too many under way).", 0},
		{TargetDuration, "hedge_upstream_target_duration_seconds", KindHistogram, target, "Time of a try until the head of the target's answer.", 0},
		{TargetUp, "hedge_upstream_target_up", KindGauge, target, "1 if the target is used, 0 if it is ejected or unhealthy.", 0},
		{TargetActive, "hedge_upstream_target_requests_active", KindGauge, target, "Requests under way at the target.", 0},
		{SplitRequests, "hedge_split_requests_total", KindCounter, []string{"app", "split", "side", "code"}, "Requests that a split's side was asked by the split's visitors, revalidations included; what the cache has answered in its place is not counted.", 0},
		{SplitDuration, "hedge_split_duration_seconds", KindHistogram, side, "Time until the head of the side's answer; what the cache has answered in its place is not counted.", 0},
		{SplitShare, "hedge_split_share", KindGauge, side, "The part of the visitors that the side gets, from 0 to 1.", 0},

		{ConnectionsAccepted, "hedge_connections_accepted_total", KindCounter, []string{"listener"}, "Connections that were accepted, by listener: plain, tls, or quic.", 0},
		{ConnectionsOpen, "hedge_connections_open", KindGauge, []string{"protocol"}, "Connections with clients, by protocol: http1, http2 or http3.", 0},
		{ConnectionsShed, "hedge_connections_shed_total", KindCounter, []string{"how"}, "Connections that had to go because there are too many, or memory is short: idle ones that were closed, new ones that were refused with 503 or closed at once.", 0},
		{Pressure, "hedge_pressure", KindGauge, []string{"resource"}, "How much of the ceiling is in use, from 0 to 1: connections or memory.", 0},
		{Handshakes, "hedge_tls_handshakes_total", KindCounter, []string{"result"}, "TLS handshakes with clients: full, resumed or failed.", 0},

		{Apps, "hedge_apps", KindGauge, nil, "Apps whose code is at work.", 0},
		{Isolates, "hedge_isolates", KindGauge, nil, "Isolates of apps.", 0},
		{IsolateHeap, "hedge_isolate_heap_bytes", KindGauge, nil, "What V8 has committed for the heaps of isolates.", 0},
		{Evictions, "hedge_isolates_evicted_total", KindCounter, nil, "Isolates that had to make room for others.", 0},
		{Cordons, "hedge_cordons", KindGauge, nil, "Cordons: processes that isolates live in.", 0},
		{CordonsEnded, "hedge_cordons_restarted_total", KindCounter, nil, "Cordons that ended against our will, and were replaced.", 0},
		{CordonsKilled, "hedge_cordons_killed_total", KindCounter, nil, "Those of them that were killed, for what code in them did.", 0},

		{LogDropped, "hedge_log_dropped_total", KindCounter, nil, "Lines of the log that nobody read in time, or that could not be written.", 0},
		{SpansExported, "hedge_spans_exported_total", KindCounter, nil, "Spans that the collector of traces has taken.", 0},
		{SpansDropped, "hedge_spans_dropped_total", KindCounter, nil, "Spans that it has not taken, or that were too many.", 0},
		{Overflows, "hedge_metrics_overflow_total", KindCounter, app, "Sets of labels that a release of the app was refused, for it has as many as it may: what they stand for is counted under the label \"other\".", 0},
		{Ready, "hedge_ready", KindGauge, nil, "1 if /readyz answers 200.", 0},
		{BuildInfo, "hedge_build_info", KindGauge, []string{"version"}, "1; the label says what runs.", 0},

		{ProcessCPU, "process_cpu_seconds_total", KindCounter, nil, "Time on the processor of this process, without cordons.", 0},
		{ProcessResident, "process_resident_memory_bytes", KindGauge, nil, "Resident memory of this process, without cordons.", 0},
		{ProcessVirtual, "process_virtual_memory_bytes", KindGauge, nil, "Address space of this process, of which V8 reserves a terabyte.", 0},
		{ProcessFiles, "process_open_fds", KindGauge, nil, "Open descriptors.", 0},
		{ProcessMaxFiles, "process_max_fds", KindGauge, nil, "Descriptors that may be open.", 0},
		{ProcessStart, "process_start_time_seconds", KindGauge, nil, "When the process started, in seconds since the epoch.", 0},
		{Goroutines, "go_goroutines", KindGauge, nil, "Goroutines.", 0},
		{GoHeap, "go_memstats_heap_alloc_bytes", KindGauge, nil, "Objects on Go's heap.", 0},
	}
}

// ofApp reports whether each app has series of the metric.
func (m *Metric) ofApp() bool { return len(m.Labels) > 0 && m.Labels[0] == "app" }

// byCode reports whether the metric is counted by the class of a status.
func (m *Metric) byCode() bool { return len(m.Labels) > 0 && m.Labels[len(m.Labels)-1] == "code" }

// declared reports whether labels have values that a release declares, of which there
// may be any number. Those of other labels stand in tables.
func (m *Metric) declared() bool { return slices.ContainsFunc(m.Labels, declares) }

// declares reports whether a release declares the values of a label.
func declares(label string) bool {
	switch label {
	case "route", "upstream", "target", "split", "side":
		return true
	}
	return false
}
