// This file owns token buckets by name, in bounded memory: two generations of
// buckets, of which the older is dropped when the newer is full.

package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets is how many names one generation remembers, about 10 MB.
const maxBuckets = 1 << 16

// Buckets holds one token bucket (golang.org/x/time/rate) for each name.
type Buckets struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	current map[string]*rate.Limiter
	earlier map[string]*rate.Limiter
}

// NewBuckets makes buckets that fill at a rate and hold a burst.
func NewBuckets(each rate.Limit, burst int) *Buckets {
	return &Buckets{rate: each, burst: burst, current: map[string]*rate.Limiter{}, earlier: map[string]*rate.Limiter{}}
}

// Allow takes one token from the name's bucket and reports whether there was one.
func (b *Buckets) Allow(name string, now time.Time) bool {
	return b.bucket(name).AllowN(now, 1)
}

// Return gives one token back.
func (b *Buckets) Return(name string, now time.Time) { b.bucket(name).AllowN(now, -1) }

// Delay takes n tokens from the name's bucket and returns how long it is until
// there are so many.
func (b *Buckets) Delay(name string, now time.Time, n int) time.Duration {
	return Delay(b.bucket(name), now, n)
}

// Delay takes n tokens and returns how long it is until there are so many. More
// than the bucket ever holds count as all that it holds.
func Delay(bucket *rate.Limiter, now time.Time, n int) time.Duration {
	return bucket.ReserveN(now, min(n, bucket.Burst())).DelayFrom(now)
}

func (b *Buckets) bucket(name string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l, ok := b.current[name]; ok {
		return l
	}
	l, ok := b.earlier[name]
	if !ok {
		l = rate.NewLimiter(b.rate, b.burst)
	}
	if len(b.current) >= maxBuckets {
		b.earlier, b.current = b.current, map[string]*rate.Limiter{}
	}
	b.current[name] = l
	return l
}
