// Fuzz target of the reading of /proc: any process may call itself anything.

package remote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzProcess: a process is read as it calls itself, within the limit.
func FuzzProcess(f *testing.F) {
	f.Add([]byte("anydesk\n"), []byte("/usr/bin/anydesk\x00--tray\x00"))
	f.Add([]byte("kthreadd\n"), []byte{})
	f.Add([]byte{}, []byte("\x00\x00\x00"))
	proc := f.TempDir()
	if err := os.Mkdir(filepath.Join(proc, "7"), 0o700); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, comm, command []byte) {
		for name, data := range map[string][]byte{"comm": comm, "cmdline": command} {
			if err := os.WriteFile(filepath.Join(proc, "7", name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, ok := linux{proc: proc}.read("7")
		if !ok || len(p.names) == 0 || len(p.names) > 2 || len(p.names[0]) > maxCommand {
			t.Fatalf("read as %+v, %t", p, ok)
		}
		size := 0
		for _, word := range append(p.args, p.names[1:]...) {
			if strings.ContainsRune(word, 0) {
				t.Fatalf("the word %q", word)
			}
			size += len(word)
		}
		if size > maxCommand {
			t.Fatalf("%d bytes of words", size)
		}
		found := find(rowsOf(t, "linux"), []process{p}, surroundings{})
		if len(comm)+len(command) == 0 && len(found) > 0 {
			t.Fatalf("nothing is found as %v", found)
		}
	})
}
