// This file owns bank.json: what the folder is, which roots its bundles must
// follow from, and whether agents need a second factor. It is written last by
// Init, so a folder without it is not a bank.

package bank

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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
		return about{}, fmt.Errorf("%s holds no bank: make one with countersignd bank init", dir)
	}
	if err != nil {
		return about{}, err
	}
	var a about
	if err := json.Unmarshal(data, &a); err != nil {
		return about{}, fmt.Errorf("%s of this folder is damaged: %w", aboutFile, err)
	}
	if a.Format != format || a.SecondFactor != secondFactorNone && a.SecondFactor != secondFactorTOTP {
		return about{}, fmt.Errorf("%s of this folder was written by another version of countersignd", aboutFile)
	}
	return a, nil
}

func (a about) rootsHash() ([32]byte, error) {
	hash, err := hex.DecodeString(a.RootsHash)
	if err != nil || len(hash) != 32 {
		return [32]byte{}, fmt.Errorf("%s of this folder is damaged: the hash of the roots is not 32 bytes", aboutFile)
	}
	return [32]byte(hash), nil
}

// numbered is the name of a version of a bundle or content.
func numbered(version int) string { return strconv.Itoa(version) + ".cbor" }

func errIsMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
