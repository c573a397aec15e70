// Package secrettest owns how tests ask whether a secret is still anywhere in
// this process's memory. It must not know whose secret it is or who should have
// wiped it.
//
// Rules: a secret that is looked for is kept masked, so that the search does not
// find itself.
package secrettest

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"countersign/session/protocol/secret"
)

const (
	mask  = 0xa5
	piece = 16      // bytes: half a key that is left behind counts too
	chunk = 1 << 20 // bytes read at once
)

// Watched is a secret whose traces a test looks for.
type Watched struct {
	name   string
	masked []byte
}

// Watch remembers a secret of size bytes, a multiple of 16, masked. It asks for
// the secret inside secret.Do, so that watching leaves no copy.
func Watch(name string, size int, get func() []byte) Watched {
	w := Watched{name, make([]byte, size)}
	secret.Do(func() {
		for i, b := range get()[:size] {
			w.masked[i] = b ^ mask
		}
	})
	return w
}

// Traces collects garbage and counts, for each secret by its name, the pieces of
// 16 bytes of it that are in this process's writable memory.
func Traces(t testing.TB, watched ...Watched) map[string]int {
	t.Helper()
	runtime.GC()
	runtime.GC() // what a sync.Pool holds goes with the second
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = memory.Close() }()
	found := map[string]int{}
	buffer := make([]byte, chunk+piece-1) // a piece may lie across two chunks
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var rights string
		if n, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 || err != nil {
			t.Fatalf("maps: %q: %v", line, err)
		}
		if !strings.HasPrefix(rights, "rw") {
			continue
		}
		for at := int64(from); at < int64(to); at += chunk {
			// What cannot be read is reserved and not there.
			n, _ := memory.ReadAt(buffer[:min(len(buffer), int(int64(to)-at))], at)
			for _, w := range watched {
				found[w.name] += w.count(buffer[:n])
			}
			clear(buffer) // it is memory too, and is read in its turn
		}
	}
	return found
}

// count is how many pieces are in a part of memory.
func (w Watched) count(part []byte) (n int) {
	for start := 0; start+piece <= len(w.masked); start += piece {
		wanted := w.masked[start : start+piece]
		at := anchor(wanted)
		for from := 0; ; from++ {
			i := bytes.IndexByte(part[min(from+at, len(part)):], wanted[at]^mask)
			if i < 0 {
				break
			}
			from += i
			if same(part[from:], wanted) {
				n++
			}
		}
	}
	return n
}

// anchor is where in a piece the search begins: at the first byte that is not
// zero, because most of memory is.
func anchor(masked []byte) int {
	return max(0, slices.IndexFunc(masked, func(b byte) bool { return b != mask }))
}

func same(plain, masked []byte) bool {
	if len(plain) < len(masked) {
		return false
	}
	for i, b := range masked {
		if plain[i]^mask != b {
			return false
		}
	}
	return true
}
