package bundle

import (
	"fmt"

	"hedge"
)

// variantSyntax documents what a URL can ask of a picture.
const variantSyntax = `"NAME=VALUE,…" with w, h, dpr, fit, gravity, enlarge, background, blur, sharpen, format, q and frames, as in "w=640,format=auto"`

// imageKeys are those of [[route]] that have pictures changed.
func imageKeys() []configKey {
	return []configKey{
		{Key{"route", "image", typeBoolean, "false", "Whether pictures are changed as the first segment of the path behind match asks: with match = \"/img/*\", /img/w=640,format=auto/shoe.jpg is /img/shoe.jpg, 640 pixels wide. Which variants there are is said by image_variants or image_key. For upstreams, splits and folders; of a split, they are made of what the visitor's side has."}, (*configReader).routeImage},
		{Key{"route", "image_variants", typeStrings, "[]", "The variants that anybody may ask for, each " + variantSyntax + "; in any order. The query is not part of them."}, (*configReader).routeVariants},
		{Key{"route", "image_key", typeString, "", "The variable of the environment that holds the key of signed URLs, which may ask for anything: sig=SIGNATURE, and exp=SECONDS since 1970, among what the segment asks (docs/IMAGES.md)."}, (*configReader).routeImageKey},
	}
}

func (r *configReader) routeImage(v *value) {
	if r.boolean(v) {
		r.route.image = v
	}
}

func (r *configReader) routeVariants(v *value) {
	r.route.variants = v
	r.route.Images = orImages(r.route.Images)
	r.strings(v, func(item *value) {
		r.route.Images.Variants = append(r.route.Images.Variants, item.text)
	})
}

func (r *configReader) routeImageKey(v *value) {
	r.route.imageKey = v
	if text, ok := r.string(v); ok {
		r.route.Images = orImages(r.route.Images)
		r.route.Images.Key = text
	}
}

func orImages(i *hedge.Images) *hedge.Images {
	if i == nil {
		i = &hedge.Images{}
	}
	return i
}

// finishImages checks what keys of a route say about pictures.
func (r *configReader) finishImages(route *routeEntry) {
	for _, v := range []*value{route.variants, route.imageKey} {
		if v != nil && route.image == nil {
			r.fail(v.keyAt, "add image = true", "it has no effect: the route changes no pictures")
			return
		}
	}
	if route.image == nil {
		return
	}
	route.Images = orImages(route.Images)
	if problem, hint := checkImages(route.Route); problem != "" {
		r.fail(route.image.at, hint, "%s", problem)
	}
}

// checkImages checks that pictures are changed where there are any, and that not everybody
// can ask for anything.
func checkImages(route hedge.Route) (problem, hint string) {
	i := route.Images
	switch {
	case i == nil:
		return "", ""
	case route.Upstream+route.Split == "" && route.Static == nil:
		return "pictures come from an upstream, a split or a folder", "in code, use hedge:image"
	case route.Exact:
		return "a route that changes pictures matches a prefix, behind which the URL says what to do", `write match = "/img/*"`
	case len(i.Variants) == 0 && i.Key == "":
		return "anybody could ask for any number of pictures", `list what may be asked for, as in image_variants = ["w=320", "w=640"], or name the key of signed URLs with image_key`
	case len(i.Variants) > maxVariants:
		return fmt.Sprintf("the route has more than %d variants", maxVariants), "use signed URLs: image_key"
	}
	return "", ""
}

// maxVariants bounds a route's list.
const maxVariants = 256
