"""Language models: any server that speaks OpenAI's protocol, recorded replies, and the log around either."""
