// This file owns the store that lives in memory and ends with the process: for
// training, for tests, and for programs that must leave nothing behind.

package vault

import (
	"bytes"
	"context"
	"sync"
)

type memory struct {
	mu    sync.Mutex
	items map[string][]byte
}

// NewMemory returns an empty store that is kept in memory only.
func NewMemory() Store {
	return &memory{items: map[string][]byte{}}
}

func (m *memory) Get(ctx context.Context, item string) ([]byte, error) {
	if err := firstError(ctx.Err(), checkItem(item)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	secret, ok := m.items[item]
	if !ok {
		return nil, ErrNotFound
	}
	return bytes.Clone(secret), nil
}

func (m *memory) Set(ctx context.Context, item string, secret []byte) error {
	if err := firstError(ctx.Err(), checkSecret(item, secret)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items[item] = append([]byte{}, secret...)
	return nil
}

func (m *memory) Delete(ctx context.Context, item string) error {
	if err := firstError(ctx.Err(), checkItem(item)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.items, item)
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
