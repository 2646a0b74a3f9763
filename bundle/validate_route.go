package bundle

import (
	"errors"
	"fmt"
	"slices"

	"hedge"
)

func validateRoute(r *hedge.Release, route hedge.Route) error {
	if err := validateMatch(route); err != nil {
		return err
	}
	if err := validateTarget(r, route); err != nil {
		return err
	}
	if route.Rewrite != "" {
		if problem, _ := checkPath(route.Rewrite); problem != "" {
			return errors.New(problem)
		}
	}
	sendsOn := route.Upstream+route.Split != "" || route.Static != nil
	if route.StripPrefix && route.Rewrite != "" || (route.StripPrefix || route.Rewrite != "") && !sendsOn {
		return fmt.Errorf("the route of %q changes the path in two ways, or for nobody", route.Host+route.Path)
	}
	if err := validateNumbers(routeNumbers(&route)); err != nil {
		return fmt.Errorf("the route of %q: %w", route.Host+route.Path, err)
	}
	if _, ok := r.RateLimits[route.RateLimit]; route.RateLimit != "" && !ok {
		return fmt.Errorf("the route of %q names the rate limit %q, which there is not", route.Host+route.Path, route.RateLimit)
	}
	if problem, _ := checkImages(route); problem != "" {
		return errors.New(problem)
	}
	if err := validateKey(route.CacheKey); err != nil {
		return err
	}
	for _, changes := range []hedge.HeaderChanges{route.RequestHeaders, route.ResponseHeaders} {
		if err := validateChanges(changes); err != nil {
			return err
		}
	}
	return nil
}

// validateTarget checks that a route goes to one thing, which is there.
func validateTarget(r *hedge.Release, route hedge.Route) error {
	_, upstream := r.Upstreams[route.Upstream]
	_, split := r.Splits[route.Split]
	folder := false
	if route.Static != nil {
		_, folder = r.Folders[route.Static.Folder]
	}
	named, known := 0, 0
	for _, target := range []struct{ named, known bool }{
		{route.Upstream != "", upstream},
		{route.Split != "", split},
		{route.Code, r.Main != ""},
		{route.Redirect != nil, true},
		{route.Answer != nil, true},
		{route.Static != nil, folder},
	} {
		if target.named {
			named++
		}
		if target.named && target.known {
			known++
		}
	}
	if named != 1 || known != 1 {
		return fmt.Errorf("the route of %q goes nowhere", route.Host+route.Path)
	}
	if s := route.Static; s != nil {
		for _, page := range []string{s.Fallback, s.NotFound} {
			if problem, _ := checkFileName(page); page != "" && problem != "" {
				return errors.New(problem)
			}
		}
	}
	if route.Redirect != nil {
		if problem, _, _ := checkLocation(route.Redirect.To); problem != "" || !slices.Contains(hedge.RedirectStatuses(), route.Redirect.Status) {
			return fmt.Errorf("the route of %q redirects to %q with the status %d, which makes no sense", route.Host+route.Path, route.Redirect.To, route.Redirect.Status)
		}
	}
	if a := route.Answer; a != nil && (a.Status < 200 || a.Status > 599 || a.Body != "" && hedge.Bodiless(a.Status)) {
		return fmt.Errorf("the route of %q answers with the status %d, which is none, or has no body", route.Host+route.Path, a.Status)
	}
	return nil
}

func validateChanges(c hedge.HeaderChanges) error {
	names := slices.Clone(c.Remove)
	for _, f := range slices.Concat(c.Set, c.Add) {
		names = append(names, f.Name)
		if problem, _ := checkFieldValue(f.Value); problem != "" {
			return errors.New(problem)
		}
	}
	for _, name := range names {
		if problem, _ := checkChanged(name); problem != "" {
			return errors.New(problem)
		}
	}
	return nil
}

// validateMatch checks what a route matches.
func validateMatch(route hedge.Route) error {
	if route.Host != "" {
		if problem, _ := CheckHostPattern(route.Host); problem != "" {
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
		if problem, _ := checkMatched(match.Name); problem != "" {
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
