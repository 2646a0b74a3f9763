package proc

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

// The test binary, run once more, says how many cores it has, and ends with its input.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "child" {
		fmt.Println(runtime.NumCPU())
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

func TestProcess(t *testing.T) {
	cores, err := Cores()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(cores[len(cores)-1:], "child")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	if line, err := bufio.NewReader(p.Out).ReadString('\n'); err != nil || line != "1\n" {
		t.Errorf("the process sees the cores %q, want one: %v", line, err)
	}
	if err := p.ResetPeak(); err != nil {
		t.Error(err)
	}
	if m, err := p.Memory(); err != nil || m.Resident == 0 || m.Peak < m.Resident {
		t.Errorf("got the memory %+v, %v", m, err)
	}
	if cpu, err := p.CPU(); err != nil || cpu < 0 {
		t.Errorf("got the time %v, %v", cpu, err)
	}
	if after, err := Cores(); err != nil || !slices.Equal(after, cores) {
		t.Errorf("this process has the cores %v afterwards, want %v: %v", after, cores, err)
	}
}

func TestBind(t *testing.T) {
	cores, err := Cores()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = Bind(cores...) }()
	for _, want := range [][]int{cores[:1], cores} {
		if err := Bind(want...); err != nil {
			t.Fatal(err)
		}
		if got, err := Cores(); err != nil || !slices.Equal(got, want) {
			t.Errorf("got the cores %v, want %v: %v", got, want, err)
		}
	}
}

func TestReadingProc(t *testing.T) {
	stat := "1 (a ) b) S 2 3 4 5 6 7 8 9 10 11 120 30 14 15 16"
	if got, err := cpuTime([]byte(stat)); err != nil || got != 1500*time.Millisecond {
		t.Errorf("got the time %v, %v", got, err)
	}
	if _, err := cpuTime([]byte("1 (a) S 2")); err == nil {
		t.Error("a stat that is too short is taken")
	}
	want := Memory{Resident: 2 << 10, Peak: 30 << 10}
	if got, err := memory("Name:\ta\nVmHWM:\t      30 kB\nVmRSS:\t       2 kB\n"); err != nil || got != want {
		t.Errorf("got the memory %+v, want %+v, %v", got, want, err)
	}
	if _, err := memory("VmRSS: 2 kB\nAVmHWM: 30 kB\n"); err == nil {
		t.Error("a status without VmHWM is taken")
	}
}
