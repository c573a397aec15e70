// This file owns the eight words of a bank's roots. They come from the English
// list of BIP 39: 2,048 common words of which no two begin with the same four
// letters.

package enrol

import (
	"crypto/subtle"
	"slices"
	"strings"
	"unicode"

	"github.com/tyler-smith/go-bip39/wordlists"

	"countersign/session/protocol/ending"
)

// WordCount is how many words vouch for a bank's roots: 88 bits.
const WordCount = 8

// bitsPerWord is the size of one word of the list of 2^11.
const bitsPerWord = 11

// maxWords bounds the words as typed.
const maxWords = 256

// Words returns the eight words of a roots hash: its first 88 bits, eleven a
// word, most significant bit first.
func Words(rootsHash [32]byte) []string {
	words := make([]string, WordCount)
	for i := range words {
		index := 0
		for bit := i * bitsPerWord; bit < (i+1)*bitsPerWord; bit++ {
			index = index<<1 | int(rootsHash[bit/8]>>(7-bit%8)&1)
		}
		words[i] = wordlists.English[index]
	}
	return words
}

// readWords are the words in what a person typed: between them anything but
// letters, and before them what commands print there, "words:".
func readWords(typed string) []string {
	words := strings.FieldsFunc(strings.ToLower(typed), func(r rune) bool { return !unicode.IsLetter(r) })
	if len(words) == WordCount+1 && words[0] == "words" {
		return words[1:]
	}
	return words
}

// CheckWords compares the words that a person typed, in any case and with
// anything but letters between them, with those of a roots hash. Errors: ending.NotACode when they
// are not eight words of the list (a typing mistake), ending.Forged when they
// are the words of other roots.
func CheckWords(typed string, rootsHash [32]byte) error {
	if len(typed) > maxWords {
		return ending.Because(ending.NotACode, "the fingerprint has eight words")
	}
	words := readWords(typed)
	if len(words) != WordCount {
		return ending.Because(ending.NotACode, "the fingerprint has eight words")
	}
	for _, w := range words {
		if !slices.Contains(wordlists.English, w) {
			return ending.Because(ending.NotACode, "a word is not in the list")
		}
	}
	want := strings.Join(Words(rootsHash), " ")
	if subtle.ConstantTimeCompare([]byte(strings.Join(words, " ")), []byte(want)) != 1 {
		return ending.Because(ending.Forged, "the words belong to other roots")
	}
	return nil
}
