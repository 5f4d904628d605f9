"""The digest: what changed since the last one, as a message and a picture. Renders, asks nothing.

``figures`` says what it is made of, ``message`` makes the card, ``chart`` the picture. They are
imported one by one: the picture sets type, which takes long to import.
"""
