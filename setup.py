"""src/ is the package planvault; migrations/ is planvault.migrations (ADR 1)."""

from setuptools import find_namespace_packages, setup

setup(
    package_dir={"planvault": "src", "planvault.migrations": "migrations"},
    packages=[
        "planvault",
        *(f"planvault.{name}" for name in find_namespace_packages("src")),
        "planvault.migrations",
        "planvault.migrations.versions",
    ],
)
