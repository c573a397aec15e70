// This file owns how a file is put on disk: whole, or not at all.

// Package disk owns the writing of the files that people's programs and the
// bank's server keep, so that a full disk, a kill or a loss of power leaves
// each of them as it was, or absent, or whole, and never empty or half; and the
// locks by which programs that change the same file take turns.
//
// It must not know what the files mean, who may read them by their content, or
// where they lie.
//
// Rules: a file is written under another name beside it, readable by its owner
// only, and brought to the disk before it gets its name; then the name is
// brought to the disk. A failure leaves nothing behind that it can remove.
package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Replace puts data in the place of the file at path, or makes it. Errors are
// the system's.
func Replace(path string, data []byte) error {
	return put(path, func(out io.Writer) error {
		_, err := out.Write(data)
		return err
	})
}

// Create makes the file at path of what write writes. Where there is something of
// that name it stays, and the error is fs.ErrExist; write's own errors and the
// system's are returned as they are.
func Create(path string, write func(out io.Writer) error) error {
	absent := func() error {
		_, err := os.Lstat(path)
		switch {
		case err == nil:
			return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
		case errors.Is(err, fs.ErrNotExist):
			return nil
		}
		return err
	}
	if err := absent(); err != nil {
		return err
	}
	return put(path, func(out io.Writer) error {
		err := write(out)
		if err == nil {
			err = absent() // writing may have taken long
		}
		return err
	})
}

func put(path string, write func(out io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	err = writeAndClose(f, write)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncFolder(filepath.Dir(path))
}

// writeAndClose brings what write writes to the disk.
func writeAndClose(f *os.File, write func(out io.Writer) error) error {
	err := write(f)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Try says whether a file can be written in a folder: one of a block is, brought
// to the disk, and removed again. Errors are the system's.
func Try(folder string) error {
	f, err := os.CreateTemp(folder, ".try.*")
	if err != nil {
		return err
	}
	err = writeAndClose(f, func(out io.Writer) error {
		_, err := out.Write(make([]byte, 4096))
		return err
	})
	return errors.Join(err, os.Remove(f.Name()))
}

// SyncFolder makes the names in a folder durable. Windows cannot open a folder
// for this; its file system keeps a journal of names.
func SyncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
