// This file owns base45 (RFC 9285). It stands here and not in a dependency
// because the encoding is two loops, and the well-kept Go packages that offer
// it bring either a copyleft licence or dozens of other encodings along.

package offer

import (
	"errors"
	"strings"
)

// alphabet is RFC 9285, section 4.2, table 1: QR's alphanumeric set.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

var errBase45 = errors.New("not base45 (RFC 9285)")

func base45Encode(data []byte) string {
	var out strings.Builder
	for ; len(data) >= 2; data = data[2:] {
		n := int(data[0])<<8 | int(data[1])
		out.WriteByte(alphabet[n%45])
		out.WriteByte(alphabet[n/45%45])
		out.WriteByte(alphabet[n/(45*45)])
	}
	if len(data) == 1 {
		n := int(data[0])
		out.WriteByte(alphabet[n%45])
		out.WriteByte(alphabet[n/45])
	}
	return out.String()
}

func base45Decode(text string) ([]byte, error) {
	if len(text)%3 == 1 {
		return nil, errBase45
	}
	out := make([]byte, 0, len(text)/3*2+1)
	for ; len(text) > 0; text = text[min(3, len(text)):] {
		n, weight := 0, 1
		for _, c := range []byte(text[:min(3, len(text))]) {
			digit := strings.IndexByte(alphabet, c)
			if digit < 0 {
				return nil, errBase45
			}
			n += digit * weight
			weight *= 45
		}
		switch {
		case len(text) >= 3 && n <= 0xFFFF:
			out = append(out, byte(n>>8), byte(n))
		case len(text) == 2 && n <= 0xFF:
			out = append(out, byte(n))
		default:
			return nil, errBase45
		}
	}
	return out, nil
}
