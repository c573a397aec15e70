// This file tests the reading and the strict form of telephone numbers.

package trust

import "testing"

func TestNumbers(t *testing.T) {
	for typed, want := range map[string]string{
		"+48221112233":        "+48221112233",
		"+48 22 111-22-33":    "+48221112233",
		"0048 (22) 111.22.33": "+48221112233",
		"+48\u00a0221112233":  "+48221112233",
		"22 111 22 33":        "",
		"+0221112233":         "",
		"+48123":              "",
		"+4812345678901234":   "",
		"+48221112233x":       "",
		"":                    "",
		"+":                   "",
		"+48\n221112233":      "",
		"+\u0664\u0668221112": "",
	} {
		got, err := NormaliseNumber(typed)
		if (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	if LineOf("+48221112233") != "2233" || LineOf("123") != "" {
		t.Error("LineOf")
	}
	for s, want := range map[string]bool{"1234": true, "0000": true, "123": false, "12345": false, "12a4": false, "1234\n": false, "": false} {
		if IsLine(s) != want {
			t.Errorf("IsLine(%q) = %v", s, !want)
		}
	}
}
