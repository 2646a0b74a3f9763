package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"hedge"
)

// The bounds of a release file: what it may take to read one, whatever it says.
const (
	maxReleaseBytes   = 128<<20 + MaxFilesBytes // the file
	maxManifestBytes  = 8 << 20                 // release.json, unpacked
	maxObjects        = 1 << 16                 // in release.json, each of which becomes a struct of up to some hundred bytes
	maxValues         = 1 << 18                 // in release.json, those in objects and arrays
	maxModules        = 1024
	maxMapBytes       = 64 << 20 // all source maps, unpacked
	maxDirectoryBytes = 2 << 20  // the zip's central directory
)

// ReadRelease reads a release file of size bytes and checks all of it: the
// version, the hash of every file, the ID, and that the configuration is one that
// hedge.toml could hold. The files that routes serve are read from r as long as the
// release is used; a release without any keeps no reference to r.
func ReadRelease(r io.ReaderAt, size int64) (*hedge.Release, error) {
	release, err := readRelease(r, size)
	if err != nil {
		return nil, fmt.Errorf("read the release file: %w", err)
	}
	return release, nil
}

func readRelease(r io.ReaderAt, size int64) (*hedge.Release, error) {
	if err := checkDirectory(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		if files[f.Name] != nil {
			return nil, fmt.Errorf("the archive has %q twice", f.Name)
		}
		files[f.Name] = f
	}
	m, err := readManifest(files)
	if err != nil {
		return nil, err
	}
	release := m.release()
	if err := readModules(release, m, files); err != nil {
		return nil, err
	}
	if err := readFolders(release, m, r, files); err != nil {
		return nil, err
	}
	if len(files) > 0 {
		return nil, fmt.Errorf("the archive has files that %s does not name", manifestName)
	}
	return release, validate(release)
}

// checkDirectory reads the end of the archive (APPNOTE 4.3.16) before package zip
// does, to bound the number of entries that it has to hold, and to refuse files
// that are cut off or have something in front or behind.
func checkDirectory(r io.ReaderAt, size int64) error {
	const length = 22 // of the end record, without a comment
	if size > maxReleaseBytes {
		return fmt.Errorf("the file has %s; at most %s are read", formatSize(size), formatSize(maxReleaseBytes))
	}
	var end [length]byte
	if size < length {
		return errors.New("the file is too short for a release")
	}
	if _, err := r.ReadAt(end[:], size-length); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	// In front of the end record there may be the locator of another one, Zip64's (4.3.15),
	// which package zip would go by in the place of this one.
	var locator [20]byte
	if _, err := r.ReadAt(locator[:], max(0, size-length-int64(len(locator)))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	directory := int64(binary.LittleEndian.Uint32(end[12:]))
	offset := int64(binary.LittleEndian.Uint32(end[16:]))
	switch {
	case !bytes.HasPrefix(end[:], []byte("PK\x05\x06")):
		return errors.New("the file is not a release, or cut off")
	case offset+directory+length != size:
		return errors.New("the file is damaged: its directory is not where it should be")
	case directory > maxDirectoryBytes || bytes.HasPrefix(locator[:], []byte("PK\x06\x07")):
		return errors.New("the archive has too many files")
	}
	return nil
}

// readManifest takes release.json out of the files and reads it.
func readManifest(files map[string]*zip.File) (*manifest, error) {
	f := files[manifestName]
	if f == nil {
		return nil, fmt.Errorf("the archive has no %s", manifestName)
	}
	delete(files, manifestName)
	data, err := unpack(f, maxManifestBytes)
	if err != nil {
		return nil, err
	}
	if err := checkManifest(data); err != nil {
		return nil, err
	}
	// The version comes first: the rest of another version may look different.
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	if head.Version != releaseVersion {
		return nil, fmt.Errorf("the release has format %d, and this version of hedge reads format %d", head.Version, releaseVersion)
	}
	var m manifest
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	id, err := m.identify()
	if err != nil {
		return nil, err
	}
	if m.ID != id {
		return nil, fmt.Errorf("the release's ID does not match its content: %s was changed", manifestName)
	}
	return &m, checkSizes(m.Modules)
}

// checkManifest bounds what decoding release.json may take: "{}" has two bytes, and a
// route that is made of it some hundred. Text that is no JSON is for the decoder to refuse.
func checkManifest(data []byte) error {
	objects, values, text := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\\':
			i++ // what is escaped, which ends no string
		case c == '"':
			text = !text
		case text:
		case c == '{':
			objects++
			values++
		case c == '[' || c == ',':
			values++
		}
	}
	if len(data) > maxManifestBytes || objects > maxObjects || values > maxValues {
		return fmt.Errorf("the configuration is too large: %s, %d objects and %d values in %s; at most %s, %d and %d are read",
			formatSize(len(data)), objects, values, manifestName, formatSize(maxManifestBytes), maxObjects, maxValues)
	}
	return nil
}

// checkSizes bounds what unpacking the modules may take.
func checkSizes(modules []manifestModule) error {
	if len(modules) > maxModules {
		return fmt.Errorf("the release has %d modules; at most %d are read", len(modules), maxModules)
	}
	code, maps := 0, 0
	for _, m := range modules {
		if m.Source.Bytes < 0 || m.SourceMap != nil && m.SourceMap.Bytes < 0 {
			return fmt.Errorf("module %q has a negative size", m.Name)
		}
		code = min(code+min(m.Source.Bytes, MaxBytes+1), MaxBytes+1)
		if m.SourceMap != nil {
			maps = min(maps+min(m.SourceMap.Bytes, maxMapBytes+1), maxMapBytes+1)
		}
	}
	if code > MaxBytes || maps > maxMapBytes {
		return fmt.Errorf("the release is too large: at most %s of code and %s of source maps are read", formatSize(MaxBytes), formatSize(maxMapBytes))
	}
	return nil
}

// release makes the release that a manifest describes, without modules.
func (m *manifest) release() *hedge.Release {
	r := &hedge.Release{
		ID: m.ID, Name: m.Name, Hosts: m.Hosts, Main: m.Main, Vars: m.Vars,
		Limits: hedge.Limits(m.Limits), Egress: hedge.Egress(m.Egress), Cache: m.Cache.cache(), Eval: m.Eval,
	}
	for _, route := range m.Routes {
		r.Routes = append(r.Routes, route.route())
	}
	if len(m.Upstreams) > 0 {
		r.Upstreams = map[string]hedge.Upstream{}
		for name, u := range m.Upstreams {
			r.Upstreams[name] = u.upstream()
		}
	}
	if len(m.RateLimits) > 0 {
		r.RateLimits = map[string]hedge.RateLimit{}
		for name, l := range m.RateLimits {
			r.RateLimits[name] = hedge.RateLimit(l)
		}
	}
	if len(m.Splits) > 0 {
		r.Splits = map[string]hedge.Split{}
		for name, s := range m.Splits {
			r.Splits[name] = s.split()
		}
	}
	return r
}

// readModules adds the modules, and takes their files out of files.
func readModules(r *hedge.Release, m *manifest, files map[string]*zip.File) error {
	for _, entry := range m.Modules {
		module := hedge.Module{Name: entry.Name, Kind: entry.Kind}
		var err error
		if module.Source, err = readFile(entry.Source, files); err != nil {
			return err
		}
		if entry.SourceMap != nil {
			if module.SourceMap, err = readFile(*entry.SourceMap, files); err != nil {
				return err
			}
		}
		r.Modules = append(r.Modules, module)
	}
	return nil
}

func readFile(entry manifestFile, files map[string]*zip.File) ([]byte, error) {
	f := files[entry.File]
	if f == nil {
		return nil, fmt.Errorf("the archive has no %q, which %s names", entry.File, manifestName)
	}
	delete(files, entry.File)
	data, err := unpack(f, entry.Bytes)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	if len(data) != entry.Bytes || hex.EncodeToString(sum[:]) != entry.SHA256 {
		return nil, fmt.Errorf("%q is damaged: its hash is not the one that %s names", entry.File, manifestName)
	}
	return data, nil
}

// unpack returns the content of a file that may have at most limit bytes,
// whatever the archive says about its size.
func unpack(f *zip.File, limit int) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%q: %w", f.Name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", f.Name, err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%q unpacks to more than %s", f.Name, formatSize(limit))
	}
	return data, nil
}

// validate checks a release that may come from anywhere by the rules of hedge.toml.
func validate(r *hedge.Release) error {
	problem, _ := checkName(r.Name)
	if problem != "" {
		return errors.New(problem)
	}
	hosts := map[string]bool{}
	for _, host := range r.Hosts {
		if problem, _ := CheckHostPattern(host); problem != "" {
			return errors.New(problem)
		}
		if hosts[host] {
			return fmt.Errorf("the release has the host %q twice", host)
		}
		hosts[host] = true
	}
	for name := range r.Vars {
		if problem, _ := checkVarName(name); problem != "" {
			return errors.New(problem)
		}
	}
	for name, u := range r.Upstreams {
		if err := validateUpstream(r, name, u); err != nil {
			return err
		}
	}
	for _, network := range r.Egress.Networks {
		if !network.IsValid() || network != network.Masked() {
			return fmt.Errorf("%q is not a network", network)
		}
	}
	for _, host := range r.Egress.Hosts {
		if problem, _ := checkEgressHost(host); problem != "" {
			return errors.New(problem)
		}
	}
	for name, s := range r.Splits {
		if err := validateSplit(r, name, s); err != nil {
			return err
		}
	}
	if err := validateCache(r.Cache); err != nil {
		return err
	}
	for name, l := range r.RateLimits {
		if err := validateRateLimit(name, l); err != nil {
			return err
		}
	}
	for _, route := range r.Routes {
		if err := validateRoute(r, route); err != nil {
			return err
		}
	}
	if err := validateNumbers(limitNumbers(&r.Limits)); err != nil {
		return err
	}
	if err := validateFolders(r); err != nil {
		return err
	}
	return validateModules(r)
}

func validateModules(r *hedge.Release) error {
	var names []string
	for _, m := range r.Modules {
		if m.Name == "" || slices.Contains(names, m.Name) {
			return fmt.Errorf("the release has no name for a module, or %q twice", m.Name)
		}
		if m.Kind != hedge.ModuleJS && m.Kind != hedge.ModuleWasm {
			return fmt.Errorf("module %q is of the unknown kind %q", m.Name, m.Kind)
		}
		names = append(names, m.Name)
	}
	switch {
	case r.Main == "" && len(r.Modules) > 0:
		return errors.New("the release has modules, but none is its main")
	case r.Main == "" && len(r.Routes) == 0:
		return errors.New("the release has neither code nor routes")
	case r.Main != "" && (len(r.Modules) == 0 || r.Modules[0].Name != r.Main || r.Modules[0].Kind != hedge.ModuleJS):
		return fmt.Errorf("the release's first module is not its main, %q", r.Main)
	}
	return nil
}
