// This file owns how files are read and replaced here: both have a size limit,
// and reading takes regular files only (a pipe could block for ever).

package vault

import (
	"fmt"
	"io"
	"os"

	"countersign/session/computer/disk"
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
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: the file has more than %d bytes", ErrTooLarge, maxFile)
	}
	return data, nil
}

// replaceFile writes data whole in the place of the file at path.
func replaceFile(path string, data []byte) error {
	if len(data) > maxFile {
		return fmt.Errorf("%w: the file would have more than %d bytes", ErrTooLarge, maxFile)
	}
	return disk.Replace(path, data)
}
