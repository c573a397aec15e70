// This file owns the processor's time of a thread, as Linux counts it.

package frames

import (
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is how long the calling thread has been busy.
func processorTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
