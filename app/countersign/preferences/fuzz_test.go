// Fuzz target of the file of preferences, which every program can write.

package preferences

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead: whatever the file holds, what is read are words and finite numbers,
// and of a file that is too large nothing is.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"language": "pl", "width": 900.5, "x": true, "y": null, "z": {}}`))
	f.Add([]byte(`{"a": 1e999}`))
	f.Add([]byte(`[]`))
	dir := f.TempDir()
	path := filepath.Join(dir, fileName)
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		values := read(path)
		for key, value := range values {
			switch v := value.(type) {
			case string:
			case float64:
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%q is %v", key, v)
				}
			default:
				t.Fatalf("%q is %T", key, v)
			}
		}
		if len(text) > maxFile && len(values) > 0 {
			t.Fatalf("a file of %d bytes is read", len(text))
		}
	})
}
