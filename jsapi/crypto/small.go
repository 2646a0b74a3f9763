package crypto

import (
	"bytes"
	"encoding/hex"
)

// smallPoints are the y coordinates of the points of Ed25519 whose order divides 8, in
// hexadecimal, with those that are not reduced; the sign of x is left out.
func smallPoints() []string {
	return []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	}
}

// isSmall reports whether a point in its encoded form is of small order.
func isSmall(point []byte) bool {
	y := bytes.Clone(point)
	y[31] &= 0x7f
	text := hex.EncodeToString(y)
	for _, small := range smallPoints() {
		if text == small {
			return true
		}
	}
	return false
}
