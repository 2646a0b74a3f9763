package hedge

// Images has a route change the pictures that it leads to, as the first segment of the
// path behind the route's asks, as in "/img/w=640,format=auto/shop/shoe.jpg".
type Images struct {
	// Variants are what may be asked for. Whatever else is refused, unless it is signed.
	Variants []string
	// Key names the variable of the environment that holds the key of signed URLs; empty:
	// there are none.
	Key string
}
