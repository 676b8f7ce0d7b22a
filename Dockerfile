# One bot on Pipecat Cloud: its base image starts `bot(args)` of /app/bot.py once for each call.
FROM dailyco/pipecat-base:latest-py3.11

ARG BOT=receptionist

COPY pyproject.toml uv.lock README.md LICENSE server.py ./
COPY bots bots
COPY pipelines pipelines
COPY processors processors
RUN pip install --no-cache-dir uv \
    && uv export --frozen --no-dev --no-emit-project --quiet > requirements.txt \
    && uv pip install --system --no-cache -r requirements.txt \
    && uv pip install --system --no-cache --no-deps --editable . \
    && echo "from bots.${BOT} import bot  # what the base image looks for" > bot.py
