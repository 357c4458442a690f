"""Follows a topic, or produces each line of standard input: main.py subscribe|produce URL TOPIC [FROM]"""

import json, os, sys
from rtmsg import Client, RtmsgError


def main(command, url, topic, start="latest"):
    with Client(url, os.environ.get("RTMSG_TOKEN")) as client:
        if command == "produce":
            for line in sys.stdin:
                print(json.dumps(client.produce(topic, line.rstrip("\n"))), flush=True)
        elif command == "subscribe":
            for event in client.subscribe(topic, start):
                print(json.dumps(event), flush=True)
        else:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except TypeError:
        sys.exit(__doc__)
    except RtmsgError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass
