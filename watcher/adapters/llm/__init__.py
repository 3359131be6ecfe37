"""Language models: a client for any server with OpenAI's API, replies recorded in a file, and a cache around either."""
