"""A service of the model of the guide: POST a list of customers to /scores, get a label for each."""

import numpy as np
from fastapi import FastAPI, HTTPException
from score_churn import COLUMNS, score

app = FastAPI()


@app.post("/scores")
def scores(customers: list[dict[str, int | float | str | None]]) -> list[dict[str, float | str]]:
    table = {name: [row.get(name) for row in customers] for name in COLUMNS}
    try:
        result = score(table)
    except (TypeError, ValueError) as error:
        raise HTTPException(422, str(error)) from None
    columns = [np.asarray(column).tolist() for column in result.values()]
    return [dict(zip(result, row, strict=True)) for row in zip(*columns, strict=True)]
