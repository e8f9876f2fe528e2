"""Kinds of source as data: request, response, pagination, authentication. Nothing is fetched here."""
