// This file owns how several objects stand one after the other: each after its
// length, four bytes, big-endian.

package wire

import (
	"encoding/binary"
	"fmt"
	"io"
)

// WriteFramed writes data after its length.
func WriteFramed(to io.Writer, data []byte) error {
	_, err := to.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...))
	return err
}

// ReadFramed reads what WriteFramed wrote, within limit bytes. Errors: io.EOF at
// the end, io.ErrUnexpectedEOF inside an object, ErrTooLarge.
func ReadFramed(from io.Reader, limit int) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(length[:])
	if uint64(size) > uint64(limit) {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, limit)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(from, data); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return data, nil
}
