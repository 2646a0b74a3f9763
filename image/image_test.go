package image_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"hedge"
	"hedge/child"
	"hedge/image"
	"hedge/image/imagetest"
)

func TestMain(m *testing.M) {
	name, role := image.WorkerRole()
	if code, ok := child.Main(os.Args, map[string]child.Role{name: role}); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// open makes a pool with one worker.
func open(t testing.TB, change func(*image.Config)) *image.Pool {
	t.Helper()
	cfg := image.DefaultConfig()
	cfg.Library, cfg.Workers = imagetest.Library(t), 1
	cfg.Lines = func(pid int, line string) { t.Logf("worker %d: %s", pid, line) }
	if change != nil {
		change(&cfg)
	}
	pool := image.NewPool(cfg)
	t.Cleanup(pool.Close)
	return pool
}

// do has one file go through steps, which are JSON, as the output is.
func do(t testing.TB, pool *image.Pool, steps, output string, inputs ...[]byte) (*image.Result, error) {
	t.Helper()
	return pool.Do(t.Context(), "test", fmt.Appendf(nil, `{"source":{"input":0,"frames":100,"steps":[%s]},"output":{%s}}`, steps, output), inputs)
}

// must is do, where nothing goes wrong.
func must(t testing.TB, pool *image.Pool, steps, output string, inputs ...[]byte) *image.Result {
	t.Helper()
	r, err := do(t, pool, steps, output, inputs...)
	if err != nil {
		t.Fatalf("%s → %s: %v", steps, output, err)
	}
	return r
}

// refused asks that a job is refused, with an outcome.
func refused(t *testing.T, err error, outcome hedge.Outcome) {
	t.Helper()
	if hedge.OutcomeOf(err) != outcome {
		t.Errorf("got %v (%s), want %s", err, hedge.OutcomeOf(err), outcome)
	}
}

// children are the processes that this one has started; none where there is no /proc.
func children(t testing.TB) (pids []int) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task") // children are their thread's
	if err != nil {
		t.Skip("processes are found on Linux only")
	}
	for _, task := range tasks {
		list, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children") // none if the thread has ended
		for _, field := range strings.Fields(string(list)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
