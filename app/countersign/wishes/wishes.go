// This file owns the file in which a home remembers a person's wishes.

// Package wishes owns what a home remembers of how a person likes the window:
// a few words and numbers, in a file beside the rest of the home.
//
// It must not know what they mean, and nothing sensitive may be given to it:
// the file is readable for every program of the person. Fyne's own preferences
// would do the same, but they empty their file before they write it, so that a
// program that ends in that moment forgets everything.
//
// Rules: the file is replaced as a whole or not at all. Writing happens beside
// the caller, which never waits for a disk but in Close. A file that cannot be
// understood is no file.
package wishes

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"countersign/session/computer/disk"
)

const (
	fileName = "window.json"
	// maxFile is the size of the largest file that is read, in bytes.
	maxFile = 64 << 10
)

// Wishes are what a home remembers. All methods may be used from any goroutine.
type Wishes struct {
	dir string

	mu     sync.Mutex
	values map[string]any // strings and float64s
	closed bool

	changed chan struct{} // holds one token while something is not written
	done    chan struct{} // closed when the writer has ended
	failed  error         // of the last writing; read after done
}

// Open reads what the home in dir remembers.
func Open(dir string) *Wishes {
	w := &Wishes{dir: dir, values: read(filepath.Join(dir, fileName)), changed: make(chan struct{}, 1), done: make(chan struct{})}
	go w.write()
	return w
}

// read returns the values of a file, none if it is not one of ours.
func read(path string) map[string]any {
	values := map[string]any{}
	f, err := os.Open(path)
	if err != nil {
		return values
	}
	defer f.Close()
	var kept map[string]any
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(text) > maxFile || json.Unmarshal(text, &kept) != nil {
		return values
	}
	for key, value := range kept {
		switch value.(type) {
		case string, float64:
			values[key] = value
		}
	}
	return values
}

// String returns a word, "" if there is none.
func (w *Wishes) String(key string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, _ := w.values[key].(string)
	return s
}

// Float returns a number, 0 if there is none.
func (w *Wishes) Float(key string) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, _ := w.values[key].(float64)
	return f
}

// SetString remembers a word.
func (w *Wishes) SetString(key, value string) { w.set(key, value) }

// SetFloat remembers a number.
func (w *Wishes) SetFloat(key string, value float64) { w.set(key, value) }

func (w *Wishes) set(key string, value any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.values[key] == value {
		return
	}
	w.values[key] = value
	select {
	case w.changed <- struct{}{}:
	default: // a writing is due already and will take this along
	}
}

// Close writes what is not written yet.
func (w *Wishes) Close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.changed)
	}
	w.mu.Unlock()
	<-w.done
	return w.failed
}

// write writes whenever something has changed, until Close.
func (w *Wishes) write() {
	defer close(w.done)
	for range w.changed {
		w.mu.Lock()
		values := maps.Clone(w.values)
		w.mu.Unlock()
		w.failed = replace(w.dir, values)
	}
}

// replace puts a whole new file in the old one's place.
func replace(dir string, values map[string]any) error {
	text, err := json.MarshalIndent(values, "", "  ")
	if err != nil {
		return err
	}
	return disk.Replace(filepath.Join(dir, fileName), append(text, '\n'))
}
