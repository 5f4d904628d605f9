"""Whatever may come in: updates, words, forms. Nothing of it breaks the product, or its output."""
