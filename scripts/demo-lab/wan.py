"""wan.py NAMESPACE NAMESPACE: a long line between two namespaces: late, uneven, and it loses and swaps a few packets.

A device wan0 appears in both. (The kernel has netem for this, but not every kernel was built with it.)
"""

import heapq
import os
import random
import select
import sys
import time

import netns

DELAY_S, JITTER_S, OVERTAKEN_S = 0.009, 0.002, 0.004
LOST, SWAPPED = 0.012, 0.008


def main():
    ends = []
    for name in sys.argv[1:3]:
        netns.enter(name)
        ends.append(netns.tun("wan0"))
    chance = random.Random(20)
    under_way, number, newest = [], 0, {end: 0.0 for end in ends}
    while True:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        ready, _, _ = select.select(ends, [], [], wait)
        for end in ready:
            packet = os.read(end, 65536)
            if chance.random() < LOST:
                continue
            due = time.monotonic() + DELAY_S + chance.random() * JITTER_S
            if chance.random() < SWAPPED:
                due += OVERTAKEN_S
            else:
                due = newest[end] = max(due, newest[end])
            number += 1
            heapq.heappush(under_way, (due, number, ends[1 - ends.index(end)], packet))
        while under_way and under_way[0][0] <= time.monotonic():
            _, _, end, packet = heapq.heappop(under_way)
            try:
                os.write(end, packet)
            except OSError:
                pass  # The device is down: so is the line.


main()
