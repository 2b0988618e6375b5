"""Run the Python examples of a Markdown file one after the other: ``python readme.py README.md``."""

import re
import sys
from pathlib import Path

if __name__ == "__main__":
    blocks = re.findall(r"```python\n(.*?)```", Path(sys.argv[1]).read_text(), re.DOTALL)
    exec(compile("".join(blocks), sys.argv[1], "exec"))
    print(f"{len(blocks)} examples ran")
