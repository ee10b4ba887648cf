// An HTTP server in Go: each request asks helpers in goroutines of their own, and does not wait for their answers.
//
//	server PORT leak|cancel
//
// leak: helpers wait for ever on a channel that nobody sends to; cancel: in its twin they give up with the request.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
)

const helpers = 4

func help(ctx context.Context, answers chan int) int {
	select {
	case answer := <-answers:
		return answer
	case <-ctx.Done():
		return 0
	}
}

func main() {
	cancels := os.Args[2] == "cancel"
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		ctx := context.Background()
		if cancels {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(r.Context())
			defer cancel()
		}
		for i := 0; i < helpers; i++ {
			go help(ctx, make(chan int))
		}
		fmt.Fprintln(w, "asked", runtime.NumGoroutine())
	})
	fmt.Println("listening")
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
