// Package packaging owns the checks of what `make package` leaves in dist that
// no other tool makes: that each Windows program tells Windows what it must. It
// holds tests only, under the build tag package; make package runs them.
//
// It must not know how the packages are made: it reads the archive that people
// get. The Debian packages are checked by installing them (.ci/check-deb).
package packaging
