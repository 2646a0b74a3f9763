package bundle

import "hedge"

type manifestRoute struct {
	Host            string            `json:"host,omitempty"`
	Path            string            `json:"path"`
	Exact           bool              `json:"exact,omitempty"`
	Methods         []string          `json:"methods,omitempty"`
	Headers         []manifestMatch   `json:"headers,omitempty"`
	Query           []manifestMatch   `json:"query,omitempty"`
	Upstream        string            `json:"upstream,omitempty"`
	Split           string            `json:"split,omitempty"`
	Code            bool              `json:"code,omitempty"`
	Redirect        *manifestRedirect `json:"redirect,omitempty"`
	Answer          *manifestAnswer   `json:"answer,omitempty"`
	Static          *manifestStatic   `json:"static,omitempty"`
	StripPrefix     bool              `json:"strip_prefix,omitempty"`
	Rewrite         string            `json:"rewrite,omitempty"`
	MaxBody         int64             `json:"max_body,omitempty"`
	RateLimit       string            `json:"rate_limit,omitempty"`
	NoCache         bool              `json:"no_cache,omitempty"`
	NoCompress      bool              `json:"no_compress,omitempty"`
	Images          *manifestImages   `json:"images,omitempty"`
	CacheKey        *manifestKey      `json:"cache_key,omitempty"`
	RequestHeaders  manifestChanges   `json:"request_headers,omitzero"`
	ResponseHeaders manifestChanges   `json:"response_headers,omitzero"`
}

type manifestRedirect struct {
	To     string `json:"to"`
	Status int    `json:"status"`
}

type manifestAnswer struct {
	Status int    `json:"status"`
	Body   string `json:"body,omitempty"`
}

type manifestImages struct {
	Variants []string `json:"variants,omitempty"`
	Key      string   `json:"key,omitempty"`
}

type manifestChanges struct {
	Remove []string        `json:"remove,omitempty"`
	Set    []manifestField `json:"set,omitempty"`
	Add    []manifestField `json:"add,omitempty"`
}

type manifestField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type manifestMatch struct {
	Name    string `json:"name"`
	Pattern string `json:"pattern"`
}

func describeRoute(r hedge.Route) manifestRoute {
	m := manifestRoute{
		Host: r.Host, Path: r.Path, Exact: r.Exact, Methods: r.Methods,
		Upstream: r.Upstream, Split: r.Split, Code: r.Code, Redirect: (*manifestRedirect)(r.Redirect), Answer: (*manifestAnswer)(r.Answer), Static: (*manifestStatic)(r.Static),
		StripPrefix: r.StripPrefix, Rewrite: r.Rewrite, MaxBody: r.MaxBody, RateLimit: r.RateLimit, NoCache: r.NoCache, NoCompress: r.NoCompress, Images: (*manifestImages)(r.Images), CacheKey: (*manifestKey)(r.CacheKey),
		RequestHeaders: describeChanges(r.RequestHeaders), ResponseHeaders: describeChanges(r.ResponseHeaders),
	}
	for _, match := range r.Headers {
		m.Headers = append(m.Headers, manifestMatch(match))
	}
	for _, match := range r.Query {
		m.Query = append(m.Query, manifestMatch(match))
	}
	return m
}

func (m manifestRoute) route() hedge.Route {
	r := hedge.Route{
		Host: m.Host, Path: m.Path, Exact: m.Exact, Methods: m.Methods,
		Upstream: m.Upstream, Split: m.Split, Code: m.Code, Redirect: (*hedge.Redirect)(m.Redirect), Answer: (*hedge.Answer)(m.Answer), Static: (*hedge.Static)(m.Static),
		StripPrefix: m.StripPrefix, Rewrite: m.Rewrite, MaxBody: m.MaxBody, RateLimit: m.RateLimit, NoCache: m.NoCache, NoCompress: m.NoCompress, Images: (*hedge.Images)(m.Images), CacheKey: (*hedge.CacheKey)(m.CacheKey),
		RequestHeaders: m.RequestHeaders.changes(), ResponseHeaders: m.ResponseHeaders.changes(),
	}
	for _, match := range m.Headers {
		r.Headers = append(r.Headers, hedge.FieldMatch(match))
	}
	for _, match := range m.Query {
		r.Query = append(r.Query, hedge.FieldMatch(match))
	}
	return r
}

func describeChanges(c hedge.HeaderChanges) manifestChanges {
	m := manifestChanges{Remove: c.Remove}
	for _, f := range c.Set {
		m.Set = append(m.Set, manifestField(f))
	}
	for _, f := range c.Add {
		m.Add = append(m.Add, manifestField(f))
	}
	return m
}

func (m manifestChanges) changes() hedge.HeaderChanges {
	c := hedge.HeaderChanges{Remove: m.Remove}
	for _, f := range m.Set {
		c.Set = append(c.Set, hedge.Field(f))
	}
	for _, f := range m.Add {
		c.Add = append(c.Add, hedge.Field(f))
	}
	return c
}
