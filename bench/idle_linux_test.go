package bench_test

import (
	"fmt"
	"testing"
)

// BenchmarkIdleApps loads 1,000 apps into one process and has each answer once. The
// metric MiB/app is what the process has grown by. It counts if all isolates are
// still there.
func BenchmarkIdleApps(b *testing.B) {
	const apps = 1000
	s := setStage(b)
	for b.Loop() {
		srv := s.start("hedge")
		before := srv.memory().Resident
		l := srv.connect(1)
		for i := range apps {
			host := fmt.Sprintf("app-%d.example", i)
			srv.deploy(app(fmt.Sprintf("app-%d", i), helloApp, nil, host))
			if _, err := l.Ask(get(host, "/")); err != nil {
				b.Fatal(err)
			}
		}
		after, stats := srv.memory().Resident, srv.stats()
		s.metric(float64(after-before)/apps/(1<<20), "MiB/app")
		s.metric(float64(stats.Isolates), "isolates")
		if stats.Isolates < apps {
			b.Errorf("%d of %d isolates are left: the others have been evicted, so MiB/app is too low", stats.Isolates, apps)
		}
	}
}
