// Fuzz targets of what the operator writes and what connections come from: the
// limits' file and the names under which addresses are counted.

package limit

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead: a file that is taken sets every limit to 1 or more.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"lookup_burst": 3, "lookups_per_minute": 7}`))
	f.Add([]byte(`{"lookup_burst": 1e3}`))
	f.Add([]byte(`{"connections": -1}{}`))
	path := filepath.Join(f.TempDir(), "limits.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Read(path)
		if err == nil && (l.Check() != nil || len(text) > maxFile) {
			t.Errorf("%d bytes are taken as %+v", len(text), l)
		}
	})
}

// FuzzNetwork: an address is counted under its own network, and one that is
// none under the name that all of those share.
func FuzzNetwork(f *testing.F) {
	f.Add("192.0.2.1")
	f.Add("2001:db8::1%eth0")
	f.Add("::ffff:192.0.2.1")
	f.Add("pipe")
	f.Fuzz(func(t *testing.T, address string) {
		name := Network(address)
		ip, err := netip.ParseAddr(address)
		if (err == nil) != (name != "") {
			t.Fatalf("%q is counted under %q", address, name)
		}
		if err != nil {
			return
		}
		ip = ip.Unmap().WithZone("")
		if network, err := netip.ParsePrefix(name); err == nil && (network.Bits() != 64 || !network.Contains(ip)) || err != nil && name != ip.String() {
			t.Fatalf("%q is counted under %q", address, name)
		}
	})
}
