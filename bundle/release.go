package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"time"

	"hedge"
)

// A release file is a zip archive: release.json, and the modules, their source maps and
// the files that routes serve, under names that release.json gives, with the hash of each.
// The files stand at the end, not compressed, so that they can be served from there.

// releaseVersion is the version of the format. A reader refuses all others.
const releaseVersion = 2

const manifestName = "release.json"

// manifest is release.json. It has types of its own, because the format has to
// stay when package hedge changes.
type manifest struct {
	Version    int                          `json:"version"`
	ID         string                       `json:"id,omitempty"`
	Name       string                       `json:"name"`
	Hosts      []string                     `json:"hosts,omitempty"`
	Main       string                       `json:"main,omitempty"`
	Modules    []manifestModule             `json:"modules,omitempty"`
	Vars       map[string]string            `json:"vars,omitempty"`
	Routes     []manifestRoute              `json:"routes,omitempty"`
	Upstreams  map[string]manifestUpstream  `json:"upstreams,omitempty"`
	Splits     map[string]manifestSplit     `json:"splits,omitempty"`
	Folders    map[string][]manifestServed  `json:"folders,omitempty"`
	RateLimits map[string]manifestRateLimit `json:"rate_limits,omitempty"`
	Limits     manifestLimits               `json:"limits,omitzero"`
	Egress     manifestEgress               `json:"egress,omitzero"`
	Cache      manifestCache                `json:"cache,omitzero"`
	Eval       bool                         `json:"eval,omitempty"`
}

type manifestModule struct {
	Name      string           `json:"name"`
	Kind      hedge.ModuleKind `json:"kind"`
	Source    manifestFile     `json:"source"`
	SourceMap *manifestFile    `json:"source_map,omitempty"`
}

// manifestFile is a file of the archive.
type manifestFile struct {
	File   string `json:"file"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// manifestEgress has networks in their usual notation, as in "10.1.0.0/16".
type manifestEgress struct {
	Networks []netip.Prefix `json:"networks,omitempty"`
	Hosts    []string       `json:"hosts,omitempty"`
}

// manifestLimits has times in nanoseconds and sizes in bytes; what is zero is
// the default of the runtime that serves the release.
type manifestLimits struct {
	CPU             time.Duration `json:"cpu,omitempty"`
	StartupCPU      time.Duration `json:"startup_cpu,omitempty"`
	Memory          int64         `json:"memory,omitempty"`
	Wall            time.Duration `json:"wall,omitempty"`
	WaitUntil       time.Duration `json:"wait_until,omitempty"`
	Subrequests     int           `json:"subrequests,omitempty"`
	OpenSubrequests int           `json:"open_subrequests,omitempty"`
	ResponseBytes   int64         `json:"response,omitempty"`
	MaxBody         int64         `json:"max_body,omitempty"`

	WebSocketMessage int64 `json:"websocket_message,omitempty"`
}

// archived is a file of the archive and its content.
type archived struct {
	manifestFile
	content []byte
}

// describe makes the manifest of a release, without its ID, and lists the files
// of the archive.
func describe(r *hedge.Release) (manifest, []archived, []servedFile) {
	m := manifest{
		Version: releaseVersion, Name: r.Name, Hosts: r.Hosts, Main: r.Main, Vars: r.Vars,
		Limits: manifestLimits(r.Limits), Egress: manifestEgress(r.Egress), Cache: describeCache(r.Cache), Eval: r.Eval,
	}
	for _, route := range r.Routes {
		m.Routes = append(m.Routes, describeRoute(route))
	}
	if len(r.Upstreams) > 0 {
		m.Upstreams = map[string]manifestUpstream{}
		for name, u := range r.Upstreams {
			m.Upstreams[name] = describeUpstream(u)
		}
	}
	if len(r.Splits) > 0 {
		m.Splits = map[string]manifestSplit{}
		for name, s := range r.Splits {
			m.Splits[name] = describeSplit(s)
		}
	}
	if len(r.RateLimits) > 0 {
		m.RateLimits = map[string]manifestRateLimit{}
		for name, l := range r.RateLimits {
			m.RateLimits[name] = manifestRateLimit(l)
		}
	}
	var served []servedFile
	m.Folders, served = describeFolders(r.Folders)
	var files []archived
	add := func(content []byte, name string) manifestFile {
		sum := sha256.Sum256(content)
		f := manifestFile{File: name, Bytes: len(content), SHA256: hex.EncodeToString(sum[:])}
		files = append(files, archived{f, content})
		return f
	}
	for i, module := range r.Modules {
		entry := manifestModule{Name: module.Name, Kind: module.Kind}
		// Module names may contain "..", which has no place in an archive.
		entry.Source = add(module.Source, fmt.Sprintf("modules/%d.%s", i, module.Kind))
		if module.SourceMap != nil {
			f := add(module.SourceMap, entry.Source.File+".map")
			entry.SourceMap = &f
		}
		m.Modules = append(m.Modules, entry)
	}
	return m, files, served
}

// identify returns the ID of a release: the hash of its manifest, which holds
// the hashes of everything else.
func identify(r *hedge.Release) (string, error) {
	m, _, _ := describe(r)
	return m.identify()
}

func (m manifest) identify() (string, error) {
	m.ID = ""
	data, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("encode the release: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// WriteRelease writes a release file. The bytes depend on the release alone, so
// that equal releases make equal files. Files that are served are read from where they
// are; folders have to be packed (Options.Pack). A release beyond the bounds that
// ReadRelease keeps is refused.
func WriteRelease(w io.Writer, r *hedge.Release) error {
	m, files, served := describe(r)
	m.ID = r.ID
	for name, folder := range r.Folders {
		if folder.Root != "" {
			return fmt.Errorf("write the release: the folder %q has not been packed", name)
		}
	}
	if err := checkSizes(m.Modules); err != nil {
		return fmt.Errorf("write the release: %w", err)
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the release: %w", err)
	}
	data = append(data, '\n')
	if err := checkManifest(data); err != nil {
		return fmt.Errorf("write the release: %w", err)
	}
	files = append([]archived{{manifestFile{File: manifestName}, data}}, files...)
	z := zip.NewWriter(w)
	for _, f := range files {
		entry, err := z.CreateHeader(&zip.FileHeader{
			Name: f.File, Method: zip.Deflate,
			Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), // the epoch of zip
		})
		if err == nil {
			_, err = entry.Write(f.content)
		}
		if err != nil {
			return fmt.Errorf("write the release: %w", err)
		}
	}
	for _, f := range served {
		if err := writeServed(z, f); err != nil {
			return fmt.Errorf("write the release: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the release: %w", err)
	}
	return nil
}
