// This file owns when two banks can be taken for one: by a domain that belongs
// to the same registrant, or by a name that looks alike.

package trust

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// Clash reports whether two banks can be taken for one another: the domain or
// the name of one holds the other's domain as it was registered, their domains
// or their names look alike (Confusable), or the name of one reads as the domain
// of the other.
func Clash(name, domain, otherName, otherDomain string) bool {
	return holds(domain, otherDomain) || holds(otherDomain, domain) || holds(name, otherDomain) || holds(otherName, domain) ||
		domain != "" && otherDomain != "" && Confusable(registrable(domain), registrable(otherDomain)) ||
		Confusable(name, otherName) || readsAs(name, otherDomain) || readsAs(otherName, domain)
}

// Mentions reports whether a text that a bank puts beside its own name (of an
// agent, a role, a department) names another bank: some of its words in a row
// look like the other's name, it holds a long name within its letters, or it
// holds its domain.
func Mentions(text, name, domain string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) })
	for from := range words {
		for to := from + 1; to <= len(words); to++ {
			if readsAsName(strings.Join(words[from:to], " "), name) {
				return true
			}
		}
	}
	if long := skeleton(name); utf8.RuneCountInString(long) >= longName && strings.Contains(skeleton(text), long) {
		return true
	}
	dotted := strings.NewReplacer("\u00b7", ".", "/", ".", " ", "").Replace(strings.ToLower(text))
	return domain != "" && (strings.Contains(dotted, registrable(domain)) || strings.Contains(dotted, ".") && readsAs(dotted, domain))
}

// longName is from how many letters a name is found within the letters of a
// text too (Northgate Banking), and shortName up to how many it may be a word of
// some language, or part of a person's name (Ing. Novák, Al).
const longName, shortName = 8, 4

// readsAsName reports whether words look like a name. A short one that is written
// with small letters is a word, and of two letters it is compared as it stands.
func readsAsName(words, name string) bool {
	switch n := utf8.RuneCountInString(name); {
	case name == "" || words == name:
		return name != ""
	case n <= 2, n <= shortName && strings.EqualFold(words, name):
		return false
	}
	return Confusable(words, name)
}

// readsAs reports whether a name, or a part of it with a dot, is or looks like a
// domain: as a whole, or as one of the same registrant.
func readsAs(name, domain string) bool {
	if domain == "" {
		return false
	}
	if Confusable(name, domain) || Confusable(name, registrable(domain)) {
		return true
	}
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" /(),+&", r) })
	return slices.ContainsFunc(parts, func(part string) bool {
		written := strings.ToLower(part)
		return strings.Contains(part, ".") &&
			(Confusable(part, registrable(domain)) || CheckDomain(written) == nil && SameDomain(written, domain))
	})
}

// holds reports whether a text has another's domain in it as it was registered,
// with no letter or digit beside it: northgate.example.login.test.
func holds(text, domain string) bool {
	if domain == "" {
		return false
	}
	registered := registrable(domain)
	text = strings.ToLower(text)
	for from := 0; ; {
		at := strings.Index(text[from:], registered)
		if at < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from+at])
		after, _ := utf8.DecodeRuneInString(text[from+at+len(registered):])
		if !isWord(before) && !isWord(after) {
			return true
		}
		from += at + 1
	}
}

func isWord(r rune) bool {
	return r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// SameDomain reports whether two domains, each one that CheckDomain accepts,
// are below one registrable domain: the public suffix and one label more, by
// the public suffix list (publicsuffix.org) that golang.org/x/net carries.
// login.examplebank.co.uk is examplebank.co.uk, which otherbank.co.uk is not.
// An empty domain is nobody's.
func SameDomain(a, b string) bool {
	return a != "" && b != "" && registrable(a) == registrable(b)
}

// registrable is the domain as it was registered. A public suffix has no
// registrant: it stands for itself.
func registrable(domain string) string {
	if r, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return r
	}
	return domain
}
