// This file owns what is read of a WebP file (RFC 9649): its one frame, in the
// simple form. The extended form names a size of its own, which the decoder
// tells before it decodes and does not hold the frame to: a file of one pixel
// by its canvas could hold a frame of 268 million. So the frame stands alone
// before anything is asked of it, and the limits count its own size.

package qr

import (
	"bytes"
	"encoding/binary"
)

// plainWebP returns the simple form of a WebP file: its frame without canvas,
// colours, metadata and the separate plane of transparency. What is no WebP is
// returned as it is; of one without a frame of its own (an animation has its
// frames inside of others) only the header is left, which no decoder takes.
func plainWebP(data []byte) []byte {
	const header, chunkHeader = 12, 8
	if len(data) < header || !bytes.HasPrefix(data, []byte("RIFF")) || string(data[8:header]) != "WEBP" {
		return data
	}
	for rest := data[header:]; len(rest) >= chunkHeader; {
		kind, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		length := min(chunkHeader+size+size%2, int64(len(rest)))
		if kind == "VP8 " || kind == "VP8L" {
			frame := bytes.Clone(rest[:length])
			out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(frame)))
			return append(append(out, "WEBP"...), frame...)
		}
		rest = rest[length:]
	}
	return data[:header]
}
