# Walks with kazoo's asynchronous calls: the same requests, 512 at a time, answers taken in its own thread. Usage: walk-kazoo.py PORT PATH
import json
import sys
import threading
import time
import resource
from kazoo.client import KazooClient

port, top = sys.argv[1:3]
client = KazooClient("127.0.0.1:" + port, timeout=30)
client.start(30)
done = threading.Event()
waiting = [top]
asked = 0
znodes = 0
size = 0


def go_on():
    global asked
    while waiting and asked < 512:
        path = waiting.pop()
        asked += 2
        client.get_async(path).rawlink(lambda answer, path=path: got(answer, path))
        client.get_acls_async(path).rawlink(acls)
    if asked == 0:
        done.set()


def got(answer, path):
    global asked, size
    data, stat = answer.get()
    size += len(data)
    asked -= 1
    if stat.numChildren > 0:
        asked += 1
        client.get_children_async(path).rawlink(lambda names, path=path: children(names, path))
    go_on()


def acls(answer):
    global asked, znodes
    answer.get()
    asked -= 1
    znodes += 1
    go_on()


def children(answer, path):
    global asked
    asked -= 1
    for name in answer.get():
        waiting.append(path + "/" + name)
    go_on()


began = time.monotonic()
client.handler.completion_queue.put(go_on)  # answers are taken in one thread, where everything else happens, too
done.wait()
took = (time.monotonic() - began) * 1000
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"znodes": znodes, "bytes": size, "milliseconds": took, "cpu": (used.ru_utime + used.ru_stime) * 1000}))
client.stop()
