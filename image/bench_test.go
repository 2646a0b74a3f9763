package image_test

import (
	"bufio"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hedge/image/imagetest"
)

// sharpScript makes the same of a file as often as each line says, in node's own process,
// and says how many milliseconds of wall time and of CPU one has taken.
const sharpScript = `const sharp = require("sharp"); sharp.cache(false); sharp.concurrency(1);
const file = require("fs").readFileSync(process.argv[1]);
const once = () => sharp(file).resize({ width: 640 }).webp({ quality: 80 }).toBuffer();
(async () => {
  for (let i = 0; i < 3; i++) await once();
  for await (const line of require("readline").createInterface({ input: process.stdin })) {
    const times = Number(line), began = performance.now(), cpu = process.cpuUsage();
    for (let i = 0; i < times; i++) await once();
    const { user, system } = process.cpuUsage(cpu);
    console.log((performance.now() - began) / times, (user + system) / 1000 / times);
  }
})();`

// BenchmarkPhoto makes a WebP of 640 pixels of a JPEG of 12 megapixels, in one worker and
// with sharp, both with one thread, in turns of two pictures. "/sharp" is how fast the worker
// is beside sharp: the median of all turns, and by the CPU time of all together.
func BenchmarkPhoto(b *testing.B) {
	photo := imagetest.JPEG(b, imagetest.Paint(4000, 3000, func(x, y int) color.NRGBA {
		v := 60*math.Sin(float64(x)/37)*math.Cos(float64(y)/53) + float64((x*7+y*13)%24)
		return color.NRGBA{uint8(120 + v), uint8(140 + v/2), uint8(100 - v), 255}
	}))
	pool := open(b, nil)
	must(b, pool, ``, ``, imagetest.PNG(b, imagetest.Quarters(8, 8)))
	workers := children(b)
	sharp := startSharp(b, photo)
	ours := func(times int) (wall, cpu float64) {
		began, used := time.Now(), cpuMillis(b, workers)
		for range times {
			must(b, pool, `{"resize":{"width":640}}`, `"format":"webp"`, photo)
		}
		return time.Since(began).Seconds() * 1000 / float64(times), (cpuMillis(b, workers) - used) / float64(times)
	}
	ours(3)
	const times = 2 // a worker that waits for a second gives its memory back
	var walls, byWall []float64
	var cpus, theirCPUs float64
	for b.Loop() {
		theirWall, theirCPU := sharp(times)
		wall, cpu := ours(times)
		walls, byWall = append(walls, wall), append(byWall, theirWall/wall)
		cpus, theirCPUs = cpus+cpu, theirCPUs+theirCPU
	}
	b.ReportMetric(median(walls), "ms/picture")
	b.ReportMetric(cpus/float64(len(walls)), "CPU-ms/picture")
	b.ReportMetric(median(byWall), "/sharp")
	b.ReportMetric(theirCPUs/cpus, "/sharp-by-CPU")
}

// startSharp starts sharp with a picture. What it returns makes as many as it is told.
func startSharp(b *testing.B, photo []byte) func(times int) (wall, cpu float64) {
	b.Helper()
	file := filepath.Join(b.TempDir(), "photo.jpg")
	if err := os.WriteFile(file, photo, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "node", "-e", sharpScript, file)
	cmd.Dir = ".."
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Skipf("there is no node here: %v", err)
	}
	b.Cleanup(func() { _, _, _ = in.Close(), cmd.Process.Kill(), cmd.Wait() })
	lines := bufio.NewReader(out)
	return func(times int) (wall, cpu float64) {
		_, _ = fmt.Fprintln(in, times) // if it cannot be written, there is no answer
		if _, err := fmt.Fscan(lines, &wall, &cpu); err == io.EOF {
			b.Skip("sharp does not run here: npm ci")
		} else if err != nil {
			b.Fatal(err)
		}
		return wall, cpu
	}
}

// cpuMillis is the CPU time of this process and of some others.
func cpuMillis(b *testing.B, others []int) float64 {
	b.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		b.Fatal(err)
	}
	sum := float64(own.Utime.Nano()+own.Stime.Nano()) / 1e6
	for _, pid := range others {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil { // it has ended
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:])) // from field 3 on
		for _, field := range fields[11:13] {                                               // utime, stime
			ticks, _ := strconv.Atoi(field)
			sum += float64(ticks) * 10 // USER_HZ is 100
		}
	}
	return sum
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
