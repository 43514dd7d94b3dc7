"""Makes a CSV table of a file in the .ts format of sktime: a row for each frame, with the number of its utterance and its speaker.

    python3 convert.py JapaneseVowels_TRAIN.ts vowels.csv

An utterance is a line: 12 channels with a colon between them, the values of each with commas, and the speaker at the end.
"""

import csv
import sys

CHANNELS = 12


def utterances(path):
    """The frames of each utterance, and its speaker."""
    with open(path) as file:
        lines = (line.strip() for line in file)
        for line in lines:
            if line and line[0] not in "#@":
                *channels, speaker = line.split(":")
                assert len(channels) == CHANNELS
                yield list(zip(*(channel.split(",") for channel in channels), strict=True)), speaker


def main(source, target):
    with open(target, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["utterance", "speaker", *(f"c{channel}" for channel in range(CHANNELS))])
        for number, (frames, speaker) in enumerate(utterances(source)):
            writer.writerows([number, speaker, *frame] for frame in frames)


if __name__ == "__main__":
    main(*sys.argv[1:])
