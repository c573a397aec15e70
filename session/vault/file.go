// This file owns how files are read and replaced here: reading has a size
// limit and takes regular files only (a pipe could block for ever); writing
// puts a whole new file in the place of the old one, so that after a crash
// there is either the old content or the new, never a mixture.

package vault

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// maxFile is the size in bytes of the largest file that is read or written.
const maxFile = 1 << 20

func readRegularFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a regular file", ErrDamaged)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, maxFile)
	}
	return data, nil
}

// replaceFile writes data to a new file beside path, readable by its owner
// only, and moves it to path once it is safely on disk.
func replaceFile(path string, data []byte) error {
	if len(data) > maxFile {
		return fmt.Errorf("%w: the file would have more than %d bytes", ErrTooLarge, maxFile)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	if err := writeAndClose(f, data); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func writeAndClose(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes the new name durable. Windows cannot open a directory for
// this; its file system keeps a journal of names.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
