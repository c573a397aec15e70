// This file owns bank.json: what the folder is, which roots its bundles must
// follow from, and whether agents need a second factor. It is written last by
// Init, so a folder without it is not a bank.

package bank

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"strconv"
)

// format is the layout of the folder. A server refuses one that it does not know.
const format = 1

const (
	secondFactorNone = "none"
	secondFactorTOTP = "totp"
)

type about struct {
	Format       int    `json:"format"`
	Name         string `json:"name"`
	RootsHash    string `json:"roots_hash"`    // hexadecimal, trust.RootsHash
	SecondFactor string `json:"second_factor"` // none or totp
}

func readAbout(dir string) (about, error) {
	data, err := readFile(dir, aboutFile)
	if errIsMissing(err) {
		return about{}, Fault{dir + " holds no bank", "make one with countersignd bank init, or say with --dir where it is", fs.ErrNotExist}
	}
	if err != nil {
		return about{}, err
	}
	var a about
	if err := json.Unmarshal(data, &a); err != nil {
		return about{}, damaged(aboutFile)
	}
	if a.Format != format || a.SecondFactor != secondFactorNone && a.SecondFactor != secondFactorTOTP {
		return about{}, Fault{aboutFile + " of this folder was written by another version of countersignd", "use that version", nil}
	}
	return a, nil
}

func (a about) rootsHash() ([32]byte, error) {
	hash, err := hex.DecodeString(a.RootsHash)
	if err != nil || len(hash) != 32 {
		return [32]byte{}, damaged(aboutFile)
	}
	return [32]byte(hash), nil
}

// numbered is the name of a version of a bundle or content.
func numbered(version int) string { return strconv.Itoa(version) + ".cbor" }

func errIsMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
