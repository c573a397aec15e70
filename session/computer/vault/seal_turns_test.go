// Tests of several programs that begin with one empty store.

package vault

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"
	"testing"
)

// late is a store whose first look for an item is answered only when everybody
// has looked.
type late struct {
	Store
	looked *sync.WaitGroup
	once   sync.Once
}

func (l *late) Get(ctx context.Context, item string) ([]byte, error) {
	secret, err := l.Store.Get(ctx, item)
	l.once.Do(func() {
		l.looked.Done()
		l.looked.Wait()
	})
	return secret, err
}

// TestProgramsAtOnceMakeOneSealingKey: what each has sealed, all can open.
func TestProgramsAtOnceMakeOneSealingKey(t *testing.T) {
	const programs = 6
	store, turns := NewMemory(), filepath.Join(t.TempDir(), "seal.lock")
	var looked, all sync.WaitGroup
	looked.Add(programs)
	var sealed [programs][]byte
	for i := range programs {
		all.Go(func() {
			var err error
			if sealed[i], err = NewShared(&late{Store: store, looked: &looked}, turns).Seal(t.Context(), "a", []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, s := range sealed {
		if plain, err := New(store).Open(t.Context(), "a", s); err != nil || !bytes.Equal(plain, []byte("x")) {
			t.Errorf("what program %d has sealed is lost: %v", i, err)
		}
	}
}
