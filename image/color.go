package image

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Color is red, green and blue, and perhaps how opaque it is, from 0 to 255; nothing at
// all where it is not given. As JSON it is an array, or a text as CSS has it: "#f80",
// "#ff8800" or "#ff880080".
type Color []uint8

// UnmarshalJSON reads either form.
func (c *Color) UnmarshalJSON(text []byte) error {
	var digits string
	if json.Unmarshal(text, &digits) != nil {
		var values []int
		if err := json.Unmarshal(text, &values); err != nil {
			return fmt.Errorf("a color is an array of numbers, or a text as in %q", "#ff8800")
		}
		*c = nil
		for _, v := range values {
			if v < 0 || v > 255 {
				return fmt.Errorf("%d is no value of a color: they are from 0 to 255", v)
			}
			*c = append(*c, uint8(v))
		}
		return checkColor(*c)
	}
	hash, found := strings.CutPrefix(digits, "#")
	if len(hash) == 3 || len(hash) == 4 { // each digit stands for two
		long := ""
		for _, d := range hash {
			long += string(d) + string(d)
		}
		hash = long
	}
	values, err := hex.DecodeString(hash)
	if !found || err != nil || len(values) != 3 && len(values) != 4 {
		return fmt.Errorf("%q is no color as in %q", digits, "#ff8800")
	}
	*c = values
	return nil
}

// MarshalJSON writes an array.
func (c Color) MarshalJSON() ([]byte, error) {
	values := make([]int, len(c))
	for i, v := range c {
		values[i] = int(v)
	}
	return json.Marshal(values)
}
