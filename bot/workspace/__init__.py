"""The company's workspace: what stands behind its answers, and what an auditor gets of it."""
