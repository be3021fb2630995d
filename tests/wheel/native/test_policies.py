"""The Linux policies are those of auditwheel."""

from __future__ import annotations

import pytest
from auditwheel.architecture import Architecture
from auditwheel.libc import Libc
from auditwheel.policy import Policy, WheelPolicies

from truewheel.wheel.native.policies import glibc_version, linux_policy, promised_glibc


def auditwheel_policies() -> list[Policy]:
    """Return every Linux policy of auditwheel, for every architecture."""
    known: list[Policy] = []
    for architecture in Architecture:
        if architecture.baseline is not architecture:
            continue
        sets = [(Libc.GLIBC, None), (Libc.MUSL, "musllinux_1_1"), (Libc.MUSL, "musllinux_1_2")]
        for libc, musl in sets:
            try:
                policies = list(WheelPolicies(libc=libc, arch=architecture, musl_policy=musl))
            except AssertionError:  # not every architecture has every policy
                continue
            known += [policy for policy in policies if policy.name.startswith(("manylinux", "musllinux"))]
    return known


POLICIES = auditwheel_policies()


def test_auditwheel_has_policies_of_every_kind() -> None:
    names = {policy.name for policy in POLICIES}
    assert {"manylinux_2_5_x86_64", "manylinux_2_28_aarch64", "musllinux_1_2_x86_64"} <= names


@pytest.mark.parametrize("reference", POLICIES, ids=lambda policy: policy.name)
def test_a_policy_has_the_data_of_auditwheel(reference: Policy) -> None:
    names = [reference.name, *reference.aliases]
    policies = [linux_policy(name) for name in names]
    for name, policy in zip(names, policies, strict=True):
        assert policy is not None
        assert policy.tag == name
        assert policy.libraries == reference.whitelist
        assert policy.private_symbols == reference.blacklist
        families = {family: {f"{family}_{one}" for one in ones} for family, ones in reference.symbol_versions.items()}
        assert policy.symbol_versions == families
        for version in set().union(*families.values()):
            assert policy.has_version(version)


@pytest.mark.parametrize("architecture", ["x86_64", "i686", "aarch64", "s390x"])
def test_symbol_versions_are_those_of_auditwheel(architecture: str) -> None:
    policies = WheelPolicies(libc=Libc.GLIBC, arch=Architecture(architecture))
    versions = [
        f"{family}_{number}" for family, numbers in policies.highest.symbol_versions.items() for number in numbers
    ]
    for version in [*versions, "GLIBC_2.99", "GLIBC_PRIVATE", "GLIBCXX_3.4.99", "OPENSSL_3.0.0"]:
        reached = policies.versioned_symbols_policy({"libx.so": {version}})
        for policy in policies:
            ours = linux_policy(policy.name)
            # The oldest policies are last; newer ones have all that older ones have.
            if ours is not None:
                assert ours.has_version(version) == (policy.priority <= reached.priority), (policy.name, version)


def test_between_two_policies_the_version_number_decides() -> None:
    policy = linux_policy("manylinux_2_29_x86_64")
    assert policy is not None
    assert policy.has_version("GLIBC_2.29")
    assert not policy.has_version("GLIBC_2.30")
    future = linux_policy("manylinux_2_77_x86_64")
    assert future is not None
    assert future.has_version("GLIBC_2.77")
    assert future.has_library("libc.so.6")


@pytest.mark.parametrize(
    "tag", ["linux_x86_64", "win_amd64", "any", "manylinux_2_28_sparc", "manylinux3_x86_64", "macosx_11_0_arm64"]
)
def test_other_tags_have_no_policy(tag: str) -> None:
    assert linux_policy(tag) is None


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("manylinux_2_28_x86_64", (2, 28)),
        ("manylinux2014_aarch64", (2, 17)),
        ("manylinux1_i686", (2, 5)),
        ("musllinux_1_2_x86_64", None),
        ("win_amd64", None),
    ],
)
def test_a_manylinux_tag_names_its_glibc(tag: str, version: tuple[int, int] | None) -> None:
    assert promised_glibc(tag) == version


def test_a_glibc_version_is_compared_by_numbers() -> None:
    assert glibc_version("GLIBC_2.2.5") == (2, 2)
    assert glibc_version("GLIBC_2.34") == (2, 34)
    assert glibc_version("GLIBC_PRIVATE") is None
    assert glibc_version("GLIBCXX_3.4") is None


def test_musl_takes_the_names_of_a_c_library_for_itself() -> None:
    policy = linux_policy("musllinux_1_2_x86_64")
    assert policy is not None
    assert [name for name in ("libc.so", "libpthread.so", "libc.so.6", "libz.so") if policy.has_library(name)] == [
        "libc.so",
        "libpthread.so",
    ]


def test_the_program_loader_is_always_there() -> None:
    policy = linux_policy("manylinux_2_17_x86_64")
    assert policy is not None
    assert policy.has_library("ld-linux-x86-64.so.2")
    assert not policy.has_library("libfoo.so.1")
