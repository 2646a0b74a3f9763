package bundle

import (
	"errors"
	"fmt"
	"slices"

	"hedge"
)

type manifestRoute struct {
	Host        string          `json:"host,omitempty"`
	Path        string          `json:"path"`
	Exact       bool            `json:"exact,omitempty"`
	Methods     []string        `json:"methods,omitempty"`
	Headers     []manifestMatch `json:"headers,omitempty"`
	Query       []manifestMatch `json:"query,omitempty"`
	Upstream    string          `json:"upstream,omitempty"`
	Split       string          `json:"split,omitempty"`
	Code        bool            `json:"code,omitempty"`
	StripPrefix bool            `json:"strip_prefix,omitempty"`
}

type manifestMatch struct {
	Name    string `json:"name"`
	Pattern string `json:"pattern"`
}

func describeRoute(r hedge.Route) manifestRoute {
	m := manifestRoute{
		Host: r.Host, Path: r.Path, Exact: r.Exact, Methods: r.Methods,
		Upstream: r.Upstream, Split: r.Split, Code: r.Code, StripPrefix: r.StripPrefix,
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
		Upstream: m.Upstream, Split: m.Split, Code: m.Code, StripPrefix: m.StripPrefix,
	}
	for _, match := range m.Headers {
		r.Headers = append(r.Headers, hedge.FieldMatch(match))
	}
	for _, match := range m.Query {
		r.Query = append(r.Query, hedge.FieldMatch(match))
	}
	return r
}

func validateRoute(r *hedge.Release, route hedge.Route) error {
	if err := validateMatch(route); err != nil {
		return err
	}
	destinations := 0
	if _, known := r.Upstreams[route.Upstream]; known {
		destinations++
	}
	if _, known := r.Splits[route.Split]; known {
		destinations++
	}
	if route.Code && r.Main != "" {
		destinations++
	}
	named := route.Code || route.Upstream != "" || route.Split != ""
	if destinations != 1 || !named || route.Code && route.Upstream+route.Split != "" || route.Upstream != "" && route.Split != "" {
		return fmt.Errorf("the route of %q goes nowhere", route.Host+route.Path)
	}
	return nil
}

// validateMatch checks what a route matches.
func validateMatch(route hedge.Route) error {
	if route.Host != "" {
		if problem, _ := checkHostPattern(route.Host); problem != "" {
			return errors.New(problem)
		}
	}
	if problem, _ := checkPath(route.Path); problem != "" {
		return errors.New(problem)
	}
	if len(route.Headers) > maxMatches || len(route.Query) > maxMatches {
		return fmt.Errorf("the route of %q asks for more than %d fields or parameters", route.Host+route.Path, maxMatches)
	}
	for i, method := range route.Methods {
		if problem, _ := checkMethod(method); problem != "" {
			return errors.New(problem)
		}
		if slices.Contains(route.Methods[:i], method) {
			return fmt.Errorf("the route of %q has the method %s twice", route.Host+route.Path, method)
		}
	}
	for _, match := range route.Headers {
		if problem, _ := checkFieldName(match.Name); problem != "" {
			return errors.New(problem)
		}
	}
	for _, match := range route.Query {
		if problem, _ := checkParameterName(match.Name); problem != "" {
			return errors.New(problem)
		}
	}
	return nil
}
