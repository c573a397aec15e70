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

// Clash reports whether two banks can be taken for one another: their domains
// are of one registrant (SameDomain) or look alike, their names look alike
// (Confusable), or the name of one reads as the domain of the other.
func Clash(name, domain, otherName, otherDomain string) bool {
	return SameDomain(domain, otherDomain) || domain != "" && otherDomain != "" && Confusable(registrable(domain), registrable(otherDomain)) ||
		Confusable(name, otherName) || readsAs(name, otherDomain) || readsAs(otherName, domain)
}

// Mentions reports whether a text that a bank puts beside its own name (of an
// agent, a role, a department) names another bank: some of its words in a row
// look like the other's name, or it holds its domain.
func Mentions(text, name, domain string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) })
	for from := range words {
		for to := from + 1; to <= len(words); to++ {
			if readsAsName(strings.Join(words[from:to], " "), name) {
				return true
			}
		}
	}
	dotted := strings.ReplaceAll(strings.ToLower(text), "\u00b7", ".")
	return domain != "" && (strings.Contains(dotted, registrable(domain)) || strings.Contains(dotted, ".") && readsAs(dotted, domain))
}

// readsAsName reports whether words look like a name. One of up to four letters is
// compared as it is written: Ing. Novák does not work for ING.
func readsAsName(words, name string) bool {
	if utf8.RuneCountInString(name) <= 4 {
		return name != "" && words == name
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
