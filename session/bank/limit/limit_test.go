// This file tests the limits' file, the names that addresses are counted
// under, and the bound on the memory of buckets.

package limit

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	for text, want := range map[string]func(Limits) bool{
		`{}`:                         func(l Limits) bool { return l == Default() },
		`{"lookup_burst": 3}` + "\n": func(l Limits) bool { return l.LookupBurst == 3 && l.LookupsPerMinute == Default().LookupsPerMinute },
		``:                           nil,
		`[]`:                         nil,
		`{"lookup_burst": 0}`:        nil,
		`{"lookup_burst": -1}`:       nil,
		`{"lookup_burst": "3"}`:      nil,
		`{"lookups": 3}`:             nil,
		`{} {}`:                      nil,
		`{}x`:                        nil,
	} {
		path := filepath.Join(t.TempDir(), "limits.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Read(path)
		if (err == nil) != (want != nil) || want != nil && !want(l) {
			t.Errorf("%q: got %+v, %v", text, l, err)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing file is no error")
	}
}

func TestDefaultLimitsAreThoseOfTheContract(t *testing.T) {
	l := Default()
	if l.LookupBurst != 10 || l.LookupsPerMinute != 10 || l.LookupsPerAddress != 120 || l.Check() != nil {
		t.Errorf("got %+v", l)
	}
	if (Limits{}).Check() == nil {
		t.Error("limits that are not set pass")
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::":       "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"pipe":                 "",
		"":                     "",
		"192.0.2.1:4222":       "",
	} {
		if got := Network(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func TestBucketsRefill(t *testing.T) {
	b, now := NewBuckets(PerMinute(10), 2), time.Unix(1_000_000, 0)
	for i, want := range []bool{true, true, false} {
		if b.Allow("a", now) != want {
			t.Errorf("request %d: want %t", i, want)
		}
	}
	if !b.Allow("b", now) {
		t.Error("one name's bucket is another's")
	}
	if b.Allow("a", now.Add(5*time.Second)) || !b.Allow("a", now.Add(12*time.Second)) {
		t.Error("the bucket does not fill at ten a minute")
	}
}

func TestBucketsAreBoundedAndOutliveOneGeneration(t *testing.T) {
	b, now := NewBuckets(PerMinute(1), 1), time.Unix(1_000_000, 0)
	b.Allow("greedy", now)
	for i := range 3 * maxBuckets {
		b.Allow(strconv.Itoa(i), now)
		if i%(maxBuckets/2) == 0 && b.Allow("greedy", now) {
			t.Fatal("a name in use was forgotten and may ask again")
		}
	}
	if n := len(b.current) + len(b.earlier); n > 2*maxBuckets {
		t.Errorf("%d buckets are kept", n)
	}
}
