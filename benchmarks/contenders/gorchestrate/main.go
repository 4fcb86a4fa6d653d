// gorchestrate/async in memory: the two loops and two events of its own benchmark, and 19 steps one after the other.
//
//	gorchestrate memory|json W0|W1 < order.json
//
// Prints the median time of one run in seconds. Checkpoints save nothing, or with `json` the whole state is encoded
// after each step, as it must be to be stored.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"time"

	"github.com/gorchestrate/async"
)

var background = context.Background()

func main() {
	variant, workload := os.Args[1], os.Args[2]
	var held order
	check(json.NewDecoder(os.Stdin).Decode(&held))
	save := map[string]saver{"memory": nothing, "json": encoded}[variant]
	one := map[string]func(){"W0": func() { w0(save) }, "W1": func() { w1(held, save) }}[workload]
	fmt.Println(median(one).Seconds())
}

func median(one func()) time.Duration {
	for range [1000]int{} {
		one()
	}
	var took []time.Duration
	for end := time.Now().Add(time.Second); len(took) < 1000 || time.Now().Before(end); {
		begin := time.Now()
		one()
		took = append(took, time.Since(begin))
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return took[len(took)/2]
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func assert(holds bool, found any) {
	if !holds {
		log.Fatal("the run did not end as it should: ", found)
	}
}

// ---- what is saved ---------------------------------------------------------------------------------------------------

type saver func(run any) async.Checkpoint

func nothing(any) async.Checkpoint {
	return func(context.Context, async.CheckpointType) error { return nil }
}

func encoded(run any) async.Checkpoint {
	return func(_ context.Context, at async.CheckpointType) error {
		if at != async.CheckpointAfterStep {
			return nil
		}
		_, err := json.Marshal(run)
		return err
	}
}

// ---- W0 --------------------------------------------------------------------------------------------------------------

type loops struct {
	Meta async.State
	I    int
	Log  string
}

func (w *loops) Definition() async.Section {
	return async.S(
		async.For("five times", w.I < 5, async.Step("laugh", w.write("l", 1))),
		async.Step("begin anew", func(context.Context) error { w.I = 0; return nil }),
		async.For("two times", w.I < 2, async.Wait("until it is heard",
			async.On("signal", heard{w.write("h", 1)}, async.Step("answer", w.write("a", 0))),
		)),
	)
}

func (w *loops) write(letter string, more int) func(context.Context) error {
	return func(context.Context) error {
		w.Log += letter
		w.I += more
		return nil
	}
}

// An event for which nothing has to be set up outside.
type heard struct{ do func(context.Context) error }

func (heard) Type() string { return "heard" }

func (heard) Setup(context.Context, async.CallbackRequest) (string, error) { return "", nil }

func (heard) Teardown(context.Context, async.CallbackRequest, bool) error { return nil }

func (h heard) Handle(ctx context.Context, _ async.CallbackRequest, input any) (any, error) {
	return input, h.do(ctx)
}

func w0(save saver) {
	w := &loops{Meta: async.NewState("1", "loops")}
	checkpoint := save(w)
	check(async.Resume(background, w, &w.Meta, checkpoint))
	for range [2]int{} {
		_, err := async.HandleCallback(background, async.CallbackRequest{Name: "signal"}, w, &w.Meta, "")
		check(err)
		check(async.Resume(background, w, &w.Meta, checkpoint))
	}
	assert(w.Log == "lllllhaha" && w.Meta.Status == async.WorkflowFinished, w.Log)
}

// ---- W1 --------------------------------------------------------------------------------------------------------------

type order struct {
	Customer string `json:"customer"`
	Email    string `json:"email"`
	Lines    []struct {
		Sku   string `json:"sku"`
		Price int    `json:"price"`
	} `json:"lines"`
	Note string `json:"note"`
}

type nineteen struct {
	Meta  async.State
	Count int
	Order order
}

func (w *nineteen) countUp(context.Context) error {
	w.Count++
	return nil
}

func (w *nineteen) Definition() async.Section {
	return async.S(
		async.Step("1", w.countUp), async.Step("2", w.countUp), async.Step("3", w.countUp), async.Step("4", w.countUp),
		async.Step("5", w.countUp), async.Step("6", w.countUp), async.Step("7", w.countUp), async.Step("8", w.countUp),
		async.Step("9", w.countUp), async.Step("10", w.countUp), async.Step("11", w.countUp), async.Step("12", w.countUp),
		async.Step("13", w.countUp), async.Step("14", w.countUp), async.Step("15", w.countUp), async.Step("16", w.countUp),
		async.Step("17", w.countUp), async.Step("18", w.countUp), async.Step("19", w.countUp),
	)
}

func w1(held order, save saver) {
	w := &nineteen{Meta: async.NewState("1", "nineteen"), Order: held}
	check(async.Resume(background, w, &w.Meta, save(w)))
	assert(w.Count == 19 && w.Meta.Status == async.WorkflowFinished, w.Count)
}
